// What a click answers: one card per kind of thing, in a popup.

const MOST_AREAS = 5; // areas named in a station's card

function card(kindLabel, heading, picture, ...content) {
  return h("article", { class: "card" },
    h("header", {}, picture, h("div", {}, h("p", { class: "kind" }, kindLabel), h("h3", {}, heading))), content);
}

function details(page, kind, at) {
  const make = { station: stationCard, lounge: loungeCard, candidate: candidateCard, centre: centreCard, area: areaCard,
    demand: demandCard, point: pointCard };
  return make[kind](page, at);
}

// A name that leads to its thing.
function link(page, kind, at) {
  return button(title(tableOf(page, kind), at), () => go(page, kind, at), { class: "link" });
}

function part(label, ...content) {
  return h("section", { class: "part" }, h("h4", {}, label), content);
}

function stationCard(page, at) {
  const { stations, types, lounges } = page.core;
  const type = types[stations.type[at]];
  const run = lounges.station.map((station, k) => (station === at ? k : -1)).filter((k) => k >= 0);
  return card(named(type), title(stations, at), symbolPicture(stationLook(type), 34),
    facts([
      [t("centre"), stations.centre_name[at]],
      [t("area"), stations.area[at]],
      [t("services"), type.services.join(t("comma"))],
      [t("phase"), stations.phase ? phaseName(page.core, stations.phase[at]) : ""],
      [t("people_alone"), people(stations.people_alone[at])],
      [t("people_added"), people(stations.people_added[at])],
      [t("status"), t(`status_${stations.status[at]}`)],
      [t("why"), whyHere(page, at)],
    ]),
    whatIfButtons(page, stations.site[at]), markForm(page, "station", at),
    servedPart(page, at), withoutPart(page, stations.site[at]),
    part(`${t("runs_lounges")} (${run.length})`, h("ul", { class: "compact" }, run.map((k) => h("li", {},
      link(page, "lounge", k), ` ${minutes(lounges.impedance[k])}`)))),
    facts([[t("place"), degrees(latLng(stations, at))], ["ID", stations.id[at]]]));
}

function whyHere(page, at) {
  const { stations, solution } = page.core;
  const found = solution.status === "optimal" ? "why_best" : "why_found";
  return [t(stations.status[at] === "required" ? "why_required" : found),
    t("why_added", { people: people(stations.people_added[at]), lounges: number(stations.lounges[at]) })].join(t("comma_clause"));
}

// Reasons come in both languages, each distinct one once.
function reasonOf(table, at) {
  return table.reason_texts[table.reason[at]][words.language] || "";
}

function servedPart(page, at) {
  if (!page.bulk.demand) return null;
  const { groups } = page.core;
  const served = servedBy(page, at);
  const areas = Array.from(served.areas).sort((a, b) => b[1] - a[1]);
  return part(t("serves"), facts([
    [t("nearest_here"), people(served.people)],
    ...groups.map((group, g) => [named(group), served.groups[g] ? people(served.groups[g]) : ""]),
    [t("travel_mean"), served.people ? minutes(served.seconds / served.people) : ""],
    [t("travel_longest"), served.people ? minutes(served.longest) : ""],
    [t("from_areas"), areas.slice(0, MOST_AREAS).map(([area, count]) => `${area || t("outside_areas")} ${number(count, 1)}`).join(t("comma"))
      + (areas.length > MOST_AREAS ? t("and_more", { count: areas.length - MOST_AREAS }) : "")],
  ]));
}

function withoutPart(page, site) {
  if (!page.now || !page.now.choice.has(site)) return null;
  const loss = lossWithout(page, site);
  const next = nextBest(page, site);
  return part(t("without_it"), facts([
    [t("people_lost"), people(loss.people)],
    [t("lounges_lost"), number(loss.lounges)],
    [t("next_best"), next.site < 0 ? t("none_free") : [link(page, "candidate", next.site), ` ${t("exchange_change", { change: signed(next.change) })}`]],
  ]), next.site < 0 ? null : h("p", { class: "small" }, t("places_tried", { count: number(next.tried) })));
}

function loungeCard(page, at) {
  const { lounges } = page.core;
  const station = lounges.station[at];
  return card(kindName("lounge", lounges.kind[at], "community"), title(lounges, at), symbolPicture(loungeLook(lounges.kind[at]), 30),
    facts([
      [t("area"), lounges.area[at]],
      [t("run_by"), station < 0 ? t("not_linked") : link(page, "station", station)],
      [t("travel"), station < 0 ? "" : `${minutes(lounges.impedance[at])} · ${metres(lounges.metres[at])}`],
      [t("why"), reasonOf(lounges, at)],
      [t("place"), degrees(latLng(lounges, at))],
      ["ID", lounges.id[at]],
    ]));
}

function candidateCard(page, at) {
  const { candidates } = page.bulk;
  const { centres, types } = page.core;
  const centre = candidates.centre[at];
  return card(t(candidates.station[at] >= 0 ? "candidate" : "candidate_not_chosen"), title(candidates, at),
    symbolPicture({ shape: "circle", fill: "#ffffff", stroke: "#6a6f78", strokeWidth: 0.4 }, 28),
    facts([
      [t("status"), t(`status_${candidates.status[at]}`)],
      [t("why_not"), reasonOf(candidates, at)],
      [t("centre"), centre < 0 ? "" : centres.name[centre]],
      [t("types_allowed"), candidates.types[at].map((k) => named(types[k])).join(t("comma"))],
      [t("area"), candidates.area[at]],
      [t("floor_area"), candidates.floor_area[at] === null ? "" : `${number(candidates.floor_area[at], 1)} m²`],
      [t("people_alone"), candidates.people_alone && candidates.people_alone[at] !== null ? people(candidates.people_alone[at]) : ""],
      [t("people_would_add"), candidates.people_added && candidates.people_added[at] !== null ? people(candidates.people_added[at]) : ""],
    ]),
    whyNotPart(page, at), whatIfButtons(page, at), markForm(page, "candidate", at),
    facts([[t("place"), degrees(latLng(candidates, at))], ["ID", candidates.id[at]]]));
}

// An open candidate that the plan left out: who stands in its centre, and what the best exchange would change.
function whyNotPart(page, at) {
  const { candidates } = page.bulk;
  if (!page.now || page.now.choice.has(at) || candidates.status[at] === "excluded") return null;
  const { stations, types } = page.core;
  const rival = candidates.centre[at] < 0 ? -1 : stations.centre.indexOf(candidates.centre[at]);
  const exchange = bestExchange(page, at);
  return part(t("why_not"), facts([
    [t("rival"), rival < 0 ? "" : link(page, "station", rival)],
    [t("best_exchange"), exchange ? [t("in_place_of"), link(page, "candidate", exchange.site), ` (${named(types[exchange.type])}) `,
      t("exchange_change", { change: signed(exchange.change) })] : t("no_exchange")],
  ]));
}

function centreCard(page, at) {
  const { centres, stations } = page.core;
  const station = stations.centre.indexOf(at);
  return card(kindName("centre", centres.kind[at], "business_district"), title(centres, at), null,
    facts([
      [t("station"), station < 0 ? t("none_here") : link(page, "station", station)],
      [t("area"), centres.area[at]],
      ["ID", centres.id[at]],
    ]));
}

function areaCard(page, at) {
  const { areas, groups } = page.core;
  const figures = areaFigures(page, at);
  const cells = (group) => [number(group.people, 1), group.people ? percent(group.covered / group.people) : t("missing"),
    group.reached ? minutes(group.seconds / group.reached) : t("none_within")];
  return card(t("area"), title(areas, at), null,
    facts([
      [t("people_here"), people(areas.people[at])],
      [t("covered"), areas.people[at] ? percent(areaCovered(page, at) / areas.people[at]) : ""],
      [t("rank"), figures.rank ? t("rank_of", { rank: figures.rank, count: figures.ranked }) : ""],
    ]),
    h("table", { class: "compare" },
      h("thead", {}, h("tr", {}, ["", "people_short", "covered", "to_station"].map((key) => h("th", { scope: "col" }, key && t(key))))),
      h("tbody", {}, groups.map((group, g) => h("tr", {}, h("th", { scope: "row" }, named(group)),
        cells(figures.groups[g]).map((text) => h("td", {}, text)))))));
}

function demandCard(page, at) {
  const { demand } = page.bulk;
  const { groups, lounges, kind } = page.core;
  const group = groups[demand.group[at]];
  const rows = [[kind === "plan" ? t("people_here") : t("weight"), number(demand.weight[at], 2)]];
  if (kind === "plan") {
    const station = demand.station[at];
    const lounge = demand.lounge[at];
    rows.push([t("covered"), percent(demand.covered[at])]);
    rows.push([t("nearest_station"), station < 0 ? t("none_within") : link(page, "station", station)]);
    rows.push([t("travel"), station < 0 ? "" : minutes(demand.impedance[at])]);
    rows.push([t("by_lounge"), lounge < 0 ? "" : title(lounges, lounge)]);
    rows.push([t("area"), demand.area[at] < 0 ? "" : link(page, "area", demand.area[at])]);
  }
  for (const field of demand.fields || []) rows.push([field.name, shownValue(field.values[at])]);
  rows.push([t("place"), degrees(latLng(demand, at))], ["ID", demand.id[at]]);
  return card(named(group), title(demand, at), symbolPicture({ shape: "circle", fill: group.tint,
    stroke: group.colour, strokeWidth: 0.2 }, 22), facts(rows));
}

// A table's own value, as the table has it (2024 may be a year): missing is said, not left out.
function shownValue(value) {
  return value === null || String(value).trim() === "" ? t("missing") : String(value);
}

// A place: for each group the station of its nearest demand point, with that point's travel, because travel is known from
// there; the lounge in a straight line, which is said.
function pointCard(page, point) {
  const { groups, lounges } = page.core;
  const area = areaAt(page, point);
  const rows = [[t("area"), area < 0 ? "" : link(page, "area", area)]];
  groups.forEach((group, g) => rows.push([named(group), page.bulk.demand ? stationFrom(page, point, g) : t("loading")]));
  if (lounges.id.length) {
    const { at, metres: distance } = nearestIn(lounges, point, () => true);
    rows.push([t("lounge"), [link(page, "lounge", at), ` ${metres(distance)} ${t("beeline")}`]]);
  }
  return card(t("point"), degrees(point), null, facts(rows));
}

function stationFrom(page, point, group) {
  const { demand } = page.bulk;
  const { row, metres: distance } = nearestDemand(page, point, group);
  if (row < 0) return t("none_here");
  const from = h("span", { class: "small" }, ` ${t("as_from", { name: shortened(title(demand, row), 16), distance: metres(distance) })}`);
  const station = demand.station[row];
  return station < 0 ? [t("none_within"), from] : [link(page, "station", station), ` ${minutes(demand.impedance[row])}`, from];
}
