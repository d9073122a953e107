// What if: a station off, a candidate on, a station moved. Covered people, links and areas are computed anew from the
// distinct covering sets in the page, for the plan itself too, so both sides of a comparison come from one function.

// The plan's own choice: candidate -> type.
function plannedChoice(core) {
  return new Map(core.stations.site.map((site, at) => [site, core.stations.type[at]]));
}

function evaluate(page, choice) {
  const { core, bulk } = page;
  const { covering, demand } = bulk;
  const open = openTypes(page, choice);
  const links = linksOf(page, choice, open);
  const shareOf = core.groups.map((_, g) => setShares(page, open, links, g));
  const shares = isPlanned(page, choice) ? page.plannedShares : Float64Array.from(demand.weight, (_, i) => (covering.set_of[i] < 0 ? 0
    : shareOf[demand.group[i]][covering.set_of[i]]));
  const groups = core.groups.map(() => 0);
  const areas = core.areas.id.map(() => 0);
  demand.weight.forEach((weight, i) => {
    groups[demand.group[i]] += weight * shares[i];
    if (demand.area[i] >= 0) areas[demand.area[i]] += weight * shares[i];
  });
  return { choice, links, shares, groups, areas,
    linked: links.filter((link) => link.site >= 0).length,
    covered: groups.reduce((a, b) => a + b, 0),
    objective: groups.reduce((sum, covered, g) => sum + core.groups[g].weight * covered, 0) };
}

// The type at each candidate, -1 where nothing is open.
function openTypes(page, choice) {
  const open = new Int16Array(page.bulk.candidates.id.length).fill(-1);
  choice.forEach((type, site) => {
    open[site] = type;
  });
  return open;
}

function isPlanned(page, choice) {
  return choice.size === page.planned.size && Array.from(choice).every(([site, type]) => page.planned.get(site) === type);
}

function linksOf(page, choice, open) {
  return isPlanned(page, choice) ? plannedLinks(page.core) : page.bulk.covering.links.map((pairs) => nearestOpen(pairs, open));
}

// The plan's own links may be other than the nearest, where its rules say so.
function plannedLinks({ lounges, stations }) {
  return lounges.station.map((station, at) => (station < 0 ? { site: -1, seconds: null }
    : { site: stations.site[station], seconds: lounges.impedance[at] }));
}

// Pairs come the nearest first: the first open one runs the lounge.
function nearestOpen(pairs, open) {
  for (let k = 0; k < pairs.length; k += 2) if (open[pairs[k]] >= 0) return { site: pairs[k], seconds: pairs[k + 1] };
  return { site: -1, seconds: null };
}

// The best share that a set offers the people of a group: by an open station that serves them, or a linked lounge.
function setShares(page, open, links, group) {
  const { covering, candidates } = page.bulk;
  const serves = page.core.types.map((type) => type.groups.includes(group));
  const steps = covering.shares.length;
  return Float64Array.from(covering.sets, (entries) => {
    let best = 0;
    for (const entry of entries) {
      const place = Math.floor(entry / steps);
      const reached = place < candidates.id.length ? open[place] >= 0 && serves[open[place]]
        : links[place - candidates.id.length].site >= 0;
      if (reached) best = Math.max(best, covering.shares[entry % steps]);
    }
    return best;
  });
}

function worstArea(page, result) {
  const { areas } = page.core;
  let worst = -1;
  areas.people.forEach((people, at) => {
    const share = (k) => result.areas[k] / areas.people[k];
    if (people > 0 && (worst < 0 || share(at) < share(worst))) worst = at;
  });
  return worst;
}

// Rules of the plan that a choice breaks, as sentences.
function brokenRules(page, choice) {
  const { core, bulk } = page;
  const broken = [];
  const counts = core.types.map((_, k) => Array.from(choice.values()).filter((type) => type === k).length);
  core.types.forEach((type, k) => {
    const [low, high] = type.quota;
    if (counts[k] < low || (high !== null && counts[k] > high)) broken.push(t("rule_quota",
      { type: named(type), count: counts[k], quota: high === low ? low : `${low}–${high === null ? "∞" : high}` }));
  });
  const perCentre = new Map();
  choice.forEach((_, site) => {
    const centre = bulk.candidates.centre[site];
    perCentre.set(centre, (perCentre.get(centre) || 0) + 1);
  });
  perCentre.forEach((count, centre) => {
    if (count > 1 && centre >= 0) broken.push(t("rule_centre", { centre: title(core.centres, centre), count }));
  });
  bulk.candidates.status.forEach((status, site) => {
    if (status === "required" && !choice.has(site)) broken.push(t("rule_required", { site: title(bulk.candidates, site) }));
  });
  return broken;
}

function changes(page) {
  const closed = Array.from(page.planned.keys()).filter((site) => !page.now.choice.has(site));
  const opened = Array.from(page.now.choice.keys()).filter((site) => !page.planned.has(site));
  const retyped = Array.from(page.now.choice.keys()).filter((site) => page.planned.has(site)
    && page.planned.get(site) !== page.now.choice.get(site));
  return { closed, opened, retyped, any: closed.length + opened.length + retyped.length > 0 };
}

function choose(page, edit) {
  const choice = new Map(page.now.choice);
  edit(choice);
  page.now = evaluate(page, choice);
  page.map.closePopup();
  page.focus.clearLayers();
  showChoice(page);
  redrawTexts(page);
}

// Everything drawn follows the choice: uncovered people, links, closed and added stations.
function showChoice(page) {
  const { core, bulk, now } = page;
  bulk.demand.covered = now.shares;
  page.demand.redraw();
  if (page.links) drawLinks(page);
  core.stations.site.forEach((site, at) => {
    const held = page.markers.station.get(at);
    const element = held && held.getElement();
    if (element) element.classList.toggle("closed", !now.choice.has(site));
  });
  page.added.clearLayers();
  for (const site of changes(page).opened) {
    const look = stationLook(core.types[now.choice.get(site)]);
    marker(page, "candidate", bulk.candidates, site, symbolIcon(look, STATION_SIZE, "station added"), "planner-stations")
      .addTo(page.added);
  }
}

function whatIfButtons(page, site) {
  const { core, bulk, now } = page;
  if (!now) return null;
  if (now.choice.has(site)) return h("div", { class: "buttons" }, button(t("close_it"), () => choose(page, (choice) => choice.delete(site))));
  if (bulk.candidates.status[site] === "excluded") return null;
  return h("div", { class: "buttons" }, bulk.candidates.types[site].map((k) => button(t("open_as", { type: named(core.types[k]) }),
    () => choose(page, (choice) => choice.set(site, k)))));
}

function whatIfTab(page) {
  if (!page.now) return [h("p", {}, t("loading"))];
  const { core, base, now } = page;
  const total = core.groups.reduce((sum, group) => sum + group.people, 0);
  const { closed, opened, any } = changes(page);
  const worst = worstArea(page, now);
  return [
    h("p", { class: "small" }, t("whatif_help")),
    core.unjudged.map((rule) => h("p", { class: "notice" }, t(`unjudged_${rule}`))),
    h("table", { class: "compare" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, ""), h("th", { scope: "col" }, t("plan")),
        h("th", { scope: "col" }, t("whatif_short")), h("th", { scope: "col" }, "±"))),
      h("tbody", {},
        compareRow(t("people_covered_row"), base.covered, now.covered),
        compareRow(t("share_row"), total ? (100 * base.covered) / total : 0, total ? (100 * now.covered) / total : 0, 2, " %"),
        core.groups.map((group, g) => compareRow(named(group), base.groups[g], now.groups[g])),
        compareRow(t("lounges_linked"), base.linked, now.linked),
        compareRow(t("objective_short"), base.objective, now.objective))),
    h("p", { class: "small" }, `${t("proven_bound")}: ${number(core.solution.bound, 1)} (${t(`solution_${core.solution.status}`)})`),
    worst < 0 ? null : h("p", { class: "small" }, t("worst_area", { area: core.areas.name[worst],
      share: percent(now.areas[worst] / core.areas.people[worst]) })),
    brokenRules(page, now.choice).map((rule) => h("p", { class: "notice" }, rule)),
    any ? h("h2", {}, t("changes")) : null,
    h("ul", { class: "list" }, [...closed.map((site) => [site, t("closed")]), ...opened.map((site) => [site, t("opened")])]
      .map(([site, word]) => h("li", { class: "row" }, button(title(page.bulk.candidates, site), () => go(page, "candidate", site),
        { class: "link name" }), h("span", { class: "count" }, word), button(t("undo"), () => undo(page, site), { class: "quiet" })))),
    h("div", { class: "buttons" }, any ? [
      button(t("reset"), () => choose(page, (choice) => {
        choice.clear();
        page.planned.forEach((type, site) => choice.set(site, type));
      })),
      button(t("to_marks"), () => choiceToMarks(page)),
      button(t("save_scenario"), () => saveText("scenario-what-if.toml", scenarioText(page))),
    ] : null),
  ];
}

function compareRow(label, before, after, digits = 1, unit = "") {
  const change = after - before;
  const sign = Math.abs(change) < 0.5 * 10 ** -digits ? "" : change > 0 ? "+" : "−";
  return h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, number(before, digits) + unit), h("td", {}, number(after, digits) + unit),
    h("td", { class: sign === "−" ? "less" : sign ? "more" : "" }, sign ? `${sign}${number(Math.abs(change), digits)}` : "="));
}

function undo(page, site) {
  choose(page, (choice) => {
    if (page.planned.has(site)) choice.set(site, page.planned.get(site));
    else choice.delete(site);
  });
}

// Lines for a scenario file: what the choice requires and excludes. Ids are JSON strings, which TOML reads alike.
function scenarioText(page) {
  const { id } = page.bulk.candidates;
  const quoted = (sites) => sites.map((site) => JSON.stringify(id[site])).join(", ");
  return [`# What-if on plan ${page.core.plan}: put these lines at the top of scenario.toml, in place of its own.`,
    `required = [${quoted(Array.from(page.now.choice.keys()))}]`, `excluded = [${quoted(changes(page).closed)}]`, ""].join("\n");
}

// A dragged station moves to the nearest candidate that may host its type, within reach of the pointer.
function makeMovable(page) {
  page.core.stations.site.forEach((site, at) => {
    const held = page.markers.station.get(at);
    if (!held) return;
    held.options.draggable = true;
    if (held.dragging) held.dragging.enable();
    held.on("add", () => held.dragging.enable());
    held.on("dragend", () => {
      const target = nearestFreeCandidate(page, held.getLatLng(), page.planned.get(site));
      held.setLatLng(latLng(page.core.stations, at));
      if (target >= 0) choose(page, (choice) => {
        choice.delete(site);
        choice.set(target, page.planned.get(site));
      });
    });
  });
}

function nearestFreeCandidate(page, place, type) {
  const { candidates } = page.bulk;
  const reach = 40 / (256 * 2 ** page.map.getZoom());
  const [x, y] = unitOf(place);
  return gridFor(page, "candidate").nearest(x, y, reach, (i) =>
    candidates.status[i] !== "excluded" && candidates.types[i].includes(type) && !page.now.choice.has(i));
}
