"""Multipliers that prove a bound on the covered weight: anyone can add them up, without a solver.

With 0 ≤ ρ_r ≤ 1 for each cover row, μ_l ≥ 0 for each lounge and π_k for each rule row a_k y ≤ b_k (π_k ≥ 0; ≤ 0 for ≥),
Lagrangian relaxation of all rows leaves, for every y, u and z (Geoffrion, 1974),

    F ≤ Σ_r w_r (1 - ρ_r) + Σ_l max(0, Σ_{r ∋ l} w_r ρ_r - μ_l) + Σ_k π_k b_k
        + Σ_o max(0, V_o + Σ_{l ∋ o} μ_l - Σ_k π_k a_ko),        V_o = Σ_{r ∋ o} w_r ρ_r.

Where stations have room for C_o people only, or need L_o, they serve parts f_po of each point p (n_p people). The row
Σ_o f_po ≤ 1 has the multiplier σ_p ≥ 0, Σ_p σ_p joins the sum, and what a station gains is a knapsack with parts,

    V_o = max { Σ_p f_po (Σ_{r ∋ (p,o)} w_r ρ_r - σ_p) :  L_o ≤ Σ_p n_p f_po ≤ C_o,  0 ≤ f_po ≤ 1 },

solved by taking the people of most gain first: capacity and least load need no multipliers of their own.
"""

from planner.locate.network.dual.multipliers import Multipliers, RuleMultiplier
from planner.locate.network.dual.prove import Leaf, Proof, prove

__all__ = ["Leaf", "Multipliers", "Proof", "RuleMultiplier", "prove"]
