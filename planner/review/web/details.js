// What a click answers: one card per kind of thing, in a popup.

function card(kindLabel, heading, picture, ...content) {
  return h("article", { class: "card" },
    h("header", {}, picture, h("div", {}, h("p", { class: "kind" }, kindLabel), h("h3", {}, heading))), content);
}

function details(page, kind, at) {
  const make = { station: stationCard, lounge: loungeCard, candidate: candidateCard, centre: centreCard,
    demand: demandCard, point: pointCard };
  return make[kind](page, at);
}

function stationCard(page, at) {
  const { stations, types, lounges } = page.core;
  const type = types[stations.type[at]];
  const run = lounges.station.map((station, k) => (station === at ? k : -1)).filter((k) => k >= 0);
  return card(named(type), title(stations, at), symbolPicture(stationLook(type), 34),
    facts([
      [t("centre"), stations.centre_name[at]],
      [t("area"), stations.area[at]],
      [t("people_alone"), people(stations.people_alone[at])],
      [t("people_added"), people(stations.people_added[at])],
      [t("status"), t(`status_${stations.status[at]}`)],
      [t("why"), stations.reasons[at]],
      [t("place"), degrees(latLng(stations, at))],
      ["ID", stations.id[at]],
    ]),
    whatIfButtons(page, stations.site[at]),
    markForm(page, "station", at),
    h("p", { class: "label" }, `${t("runs_lounges")} (${run.length})`),
    h("ul", { class: "compact" }, run.map((k) => h("li", {},
      button(title(lounges, k), () => go(page, "lounge", k), { class: "link" }), ` ${minutes(lounges.impedance[k])}`))));
}

function loungeCard(page, at) {
  const { lounges, stations } = page.core;
  const station = lounges.station[at];
  return card(t(`lounge_${lounges.kind[at] || "community"}`), title(lounges, at), symbolPicture(loungeLook(lounges.kind[at]), 30),
    facts([
      [t("area"), lounges.area[at]],
      [t("run_by"), station < 0 ? t("not_linked")
        : button(title(stations, station), () => go(page, "station", station), { class: "link" })],
      [t("travel"), station < 0 ? "" : `${minutes(lounges.impedance[at])} · ${metres(lounges.metres[at])}`],
      [t("why"), lounges.reason[at]],
      [t("place"), degrees(latLng(lounges, at))],
      ["ID", lounges.id[at]],
    ]));
}

function candidateCard(page, at) {
  const { candidates } = page.bulk;
  const { centres, types } = page.core;
  const centre = candidates.centre[at];
  return card(t("candidate_not_chosen"), title(candidates, at),
    symbolPicture({ shape: "circle", fill: "#ffffff", stroke: "#6a6f78", strokeWidth: 0.4 }, 28),
    facts([
      [t("status"), t(`status_${candidates.status[at]}`)],
      [t("why_not"), candidates.reasons[at]],
      [t("centre"), centre < 0 ? "" : centres.name[centre]],
      [t("types_allowed"), candidates.types[at].map((k) => named(types[k])).join(", ")],
      [t("area"), candidates.area[at]],
      [t("floor_area"), candidates.floor_area[at] === null ? "" : `${number(candidates.floor_area[at], 1)} m²`],
      [t("people_alone"), candidates.people_alone && candidates.people_alone[at] !== null ? people(candidates.people_alone[at]) : ""],
      [t("people_would_add"), candidates.people_added && candidates.people_added[at] !== null ? people(candidates.people_added[at]) : ""],
      [t("place"), degrees(latLng(candidates, at))],
      ["ID", candidates.id[at]],
    ]),
    whatIfButtons(page, at), markForm(page, "candidate", at));
}

function centreCard(page, at) {
  const { centres, stations } = page.core;
  const station = stations.centre.indexOf(at);
  return card(t(`centre_${centres.kind[at]}`), title(centres, at), null,
    facts([
      [t("station"), station < 0 ? t("none_here")
        : button(title(stations, station), () => go(page, "station", station), { class: "link" })],
      [t("area"), centres.area[at]],
      ["ID", centres.id[at]],
    ]));
}

function demandCard(page, at) {
  const { demand } = page.bulk;
  const { stations, lounges, groups, kind } = page.core;
  const group = groups[demand.group[at]];
  const rows = [[kind === "plan" ? t("people_here") : t("weight"), number(demand.weight[at], 2)]];
  if (kind === "plan") {
    const station = demand.station[at];
    const lounge = demand.lounge[at];
    rows.push([t("covered"), percent(demand.covered[at])]);
    rows.push([t("nearest_station"), station < 0 ? t("none_within")
      : button(title(stations, station), () => go(page, "station", station), { class: "link" })]);
    rows.push([t("travel"), station < 0 ? "" : minutes(demand.impedance[at])]);
    rows.push([t("by_lounge"), lounge < 0 ? "" : title(lounges, lounge)]);
    rows.push([t("area"), demand.area[at] < 0 ? "" : page.core.areas.name[demand.area[at]]]);
  }
  for (const field of demand.fields || []) rows.push([field.name, shownValue(field.values[at])]);
  rows.push([t("place"), degrees(latLng(demand, at))], ["ID", demand.id[at]]);
  return card(named(group), title(demand, at), symbolPicture({ shape: "circle", fill: group.tint,
    stroke: group.colour, strokeWidth: 0.2 }, 22), facts(rows));
}

// A table's own value: missing is said, not left out.
function shownValue(value) {
  if (value === null || value === "") return t("missing");
  return typeof value === "number" ? number(value, 6) : String(value);
}

function pointCard(page, point) {
  return card(t("point"), degrees(point), null, facts(nearestRows(page, point)));
}

// Beeline only: said so, because the way on streets is in the tables for demand, not for any point.
function nearestRows(page, point) {
  const { stations, lounges, types } = page.core;
  const rows = [];
  const nearest = (table, test) => {
    let best = -1;
    let least = Infinity;
    table.x.forEach((_, at) => {
      const distance = test(at) ? point.distanceTo(latLng(table, at)) : Infinity;
      if (distance < least) [best, least] = [at, distance];
    });
    return [best, least];
  };
  if (stations) types.forEach((type, k) => {
    const [at, distance] = nearest(stations, (i) => stations.type[i] === k);
    if (at >= 0) rows.push([named(type), [button(title(stations, at), () => go(page, "station", at), { class: "link" }),
      ` ${metres(distance)} ${t("beeline")}`]]);
  });
  if (lounges && lounges.id.length) {
    const [at, distance] = nearest(lounges, () => true);
    rows.push([t("lounge"), [button(title(lounges, at), () => go(page, "lounge", at), { class: "link" }),
      ` ${metres(distance)} ${t("beeline")}`]]);
  }
  return rows;
}

function showPopup(page, kind, at, place) {
  L.popup(popupSize(page)).setLatLng(place).setContent(details(page, kind, at))
    .openOn(page.map);
}

// A click on the map itself: the nearest dot or candidate under the pointer, else the place.
function answerClick(page, event) {
  // A button that is gone once pressed (in a card, in the tool bar) was no click on the map.
  if (event.originalEvent && !event.originalEvent.target.isConnected) return null;
  if (page.measuring) return addCorner(page, event.latlng);
  if (page.waiting) return takePlace(page, event.latlng);
  const [x, y] = unitOf(event.latlng);
  const reach = 9 / (256 * 2 ** page.map.getZoom());
  for (const kind of ["station", "lounge", "candidate"]) {
    const shown = page.drawn.filter((layer) => layer.kind === kind && page.map.hasLayer(layer));
    const at = shown.length ? gridFor(page, kind).nearest(x, y, reach, (i) => shown.some((layer) => layer.holds.has(i))) : -1;
    if (at >= 0) return showPopup(page, kind, at, latLng(tableOf(page, kind), at));
  }
  if (page.demand && !page.demand.crowded) {
    const at = page.demand.grid.nearest(x, y, reach, (i) => page.demand.shown[page.demand.table.group[i]]);
    if (at >= 0) return showPopup(page, "demand", at, latLng(page.bulk.demand, at));
  }
  const centre = page.core.kind === "plan" ? centreAt(page, event.latlng) : -1;
  if (centre >= 0) return showPopup(page, "centre", centre, event.latlng);
  return page.core.kind === "plan" ? showPopup(page, "point", event.latlng, event.latlng) : null;
}

// The shown centre whose outline holds a place (even-odd rule over its rings), or -1.
function centreAt(page, latlng) {
  const x = latlng.lng / DEGREE;
  const y = latlng.lat / DEGREE;
  return page.core.centres.rings.findIndex((lines, at) => page.map.hasLayer(page.markers.centre.get(at))
    && lines.reduce((inside, ring) => inside !== insideRing(ring, x, y), false));
}

function insideRing(ring, x, y) {
  let inside = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    if (ring[i + 1] > y !== ring[j + 1] > y && x < ((ring[j] - ring[i]) * (y - ring[i + 1])) / (ring[j + 1] - ring[i + 1]) + ring[i]) {
      inside = !inside;
    }
  }
  return inside;
}

function takePlace(page, latlng) {
  const give = page.waiting;
  page.waiting = null;
  page.map.getContainer().classList.remove("picking");
  give(latlng);
}

function tableOf({ core, bulk }, kind) {
  return { station: core.stations, lounge: core.lounges, centre: core.centres, area: core.areas, candidate: bulk.candidates,
    demand: bulk.demand }[kind];
}

// Fly to a thing and open its card.
function go(page, kind, at) {
  const held = page.markers[kind] && page.markers[kind].get(at);
  const table = tableOf(page, kind);
  page.map.closePopup();
  page.map.setView(latLng(table, at), Math.max(page.map.getZoom(), kind === "area" ? 13 : 15), { animate: false });
  const entry = page.layers.find((each) => held && each.layer && each.layer.hasLayer && each.layer.hasLayer(held));
  if (entry && !isShown(page, entry)) setShown(page, entry, true);
  if (held && held.getPopup()) held.openPopup();
  else if (kind !== "area") showPopup(page, kind, at, latLng(table, at));
}
