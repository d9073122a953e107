// Choices of stations judged from the distinct covering sets alone: quick enough to try every exchange.

const MOST_WORK = 3e7; // steps that trying out may take before only the nearest places are tried

// People per group and covering set; the sets as one flat row of entries.
function setsModel(page) {
  const { core, bulk } = page;
  const { covering, demand } = bulk;
  const weights = core.groups.map(() => new Float64Array(covering.sets.length));
  covering.set_of.forEach((set, i) => {
    if (set >= 0) weights[demand.group[i]][set] += demand.weight[i];
  });
  return { weights, steps: covering.sets.reduce((sum, set) => sum + set.length, 0) * core.groups.length };
}

// Covered people by group, lounges linked and the weighted objective of a choice (candidate -> type).
function judged(page, choice) {
  const { core } = page;
  const open = openTypes(page, choice);
  const links = linksOf(page, choice, open);
  const groups = core.groups.map((_, g) => {
    const shares = setShares(page, open, links, g);
    return page.sets.weights[g].reduce((sum, weight, set) => sum + weight * shares[set], 0);
  });
  return { groups, covered: groups.reduce((a, b) => a + b, 0), linked: links.filter((link) => link.site >= 0).length,
    objective: groups.reduce((sum, covered, g) => sum + core.groups[g].weight * covered, 0) };
}

function changed(choice, edit) {
  const copy = new Map(choice);
  edit(copy);
  return copy;
}

// What is lost when a station closes and nothing else changes.
function lossWithout(page, site) {
  const before = judged(page, page.now.choice);
  const after = judged(page, changed(page.now.choice, (choice) => choice.delete(site)));
  return { people: before.covered - after.covered, lounges: before.linked - after.linked };
}

function takenCentres(page, choice) {
  return new Set(Array.from(choice.keys(), (site) => page.bulk.candidates.centre[site]).filter((centre) => centre >= 0));
}

// The free place that would keep most if a station could not stand: {site, change, tried}, site -1 where there is none.
function nextBest(page, site) {
  const { candidates } = page.bulk;
  const type = page.now.choice.get(site);
  const rest = changed(page.now.choice, (choice) => choice.delete(site));
  const taken = takenCentres(page, rest);
  const now = judged(page, page.now.choice).objective;
  const free = candidates.id.map((_, at) => at).filter((at) => at !== site && candidates.status[at] !== "excluded"
    && candidates.types[at].includes(type) && !rest.has(at) && !taken.has(candidates.centre[at]));
  const tried = nearestOf(page, free, site);
  return tried.reduce((best, at) => {
    const change = judged(page, changed(rest, (choice) => choice.set(at, type))).objective - now;
    return best.site < 0 || change > best.change + 1e-9 ? { site: at, change, tried: tried.length } : best;
  }, { site: -1, change: 0, tried: tried.length });
}

// All of the places, or the nearest ones to a site where trying all would take too long.
function nearestOf(page, places, site) {
  const count = Math.max(10, Math.floor(MOST_WORK / Math.max(page.sets.steps, 1)));
  if (places.length <= count) return places;
  const { candidates } = page.bulk;
  const from = latLng(candidates, site);
  const far = new Map(places.map((at) => [at, from.distanceTo(latLng(candidates, at))]));
  return places.sort((a, b) => far.get(a) - far.get(b)).slice(0, count);
}

// The station in whose place a candidate would do best: {site, type, change}; null where it may replace none.
function bestExchange(page, candidate) {
  const { candidates } = page.bulk;
  const now = judged(page, page.now.choice).objective;
  const here = candidates.centre[candidate];
  const inCentre = Array.from(page.now.choice.keys()).filter((site) => here >= 0 && candidates.centre[site] === here);
  let best = null;
  page.now.choice.forEach((type, site) => {
    if (!candidates.types[candidate].includes(type) || candidates.status[site] === "required") return;
    if (inCentre.length && !inCentre.includes(site)) return;
    const change = judged(page, changed(page.now.choice, (choice) => choice.delete(site) && choice.set(candidate, type))).objective - now;
    if (!best || change > best.change + 1e-9) best = { site, type, change };
  });
  return best;
}
