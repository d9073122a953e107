// The layers of the map, each in its own fixed pane, listed in one register that legend and print read.

const STATION_SIZE = 34;
const LOUNGE_SIZE = 22;
const MARKERS_UP_TO = 400;
const CANDIDATES_FROM = 13; // zoom below which candidates would only be dust

// usual: whether the layer is on where nobody has said otherwise.
function addLayer(page, entry) {
  page.layers.push({ on: true, usual: entry.on !== false, ...entry });
}

function buildCoreLayers(page) {
  const { core } = page;
  if (core.stations) core.types.forEach((type, k) => addLayer(page, stationLayer(page, type, k)));
  if (core.stations) buildPhases(page);
  if (core.lounges && core.lounges.id.length) buildLounges(page);
  if (core.centres && core.centres.id.length) buildCentres(page);
  if (core.areas && core.areas.id.length) addLayer(page, areaLayer(page));
  if (core.land) buildLand(page);
  if (core.existing && core.existing.id.length) addLayer(page, existingLayer(page));
}

function existingLayer(page) {
  const { existing } = page.core;
  const look = { shape: "cross", fill: "#5b5b66", halo: "#ffffff" };
  const group = L.layerGroup(existing.id.map((_, at) => L.marker(latLng(existing, at), { icon: symbolIcon(look, 22, "lounge"),
    pane: "planner-lounges", interactive: true, keyboard: false }).bindTooltip(document.createTextNode(title(existing, at)))));
  return { id: "existing", section: "stations", label: () => t("existing"), count: () => number(existing.id.length), look, layer: group };
}

function marker(page, kind, table, at, icon, pane) {
  const made = L.marker(latLng(table, at), { icon, pane, keyboard: true, riseOnHover: true });
  made.bindPopup(() => details(page, kind, at), popupSize(page));
  made.getPopup().thing = [kind, at];
  made.bindTooltip(() => document.createTextNode(title(table, at)), { direction: "right", opacity: 1 });
  made.on("add", () => made.getElement().setAttribute("aria-label", title(table, at)));
  page.markers[kind].set(at, made);
  return made;
}

// Few symbols are markers of their own, reachable by keyboard; many are painted on one canvas and found by their place.
function symbolLayer(page, kind, table, members, lookOf, size) {
  const pane = `planner-${kind}s`;
  if (table.id.length <= MARKERS_UP_TO) {
    return L.layerGroup(members.map((at) => marker(page, kind, table, at, symbolIcon(lookOf(at), size, kind), pane)));
  }
  return drawnLayer(page, kind, members, (context, view) => {
    const radius = (size / 3.2) * (view.zoom < 11 ? 0.3 : view.zoom < 13.5 ? 0.5 : 0.9);
    for (const at of members) paintSymbol(context, view, gridFor(page, kind), at, lookOf(at), radius);
  }, pane);
}

function drawnLayer(page, kind, members, paint, pane, from) {
  const layer = new CanvasLayer(paint, pane, from);
  layer.kind = kind;
  layer.holds = new Set(members);
  page.drawn.push(layer);
  return layer;
}

function paintSymbol(context, view, grid, at, look, radius) {
  const x = grid.xs[at] * view.scale - view.left;
  const y = grid.ys[at] * view.scale - view.top;
  if (x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) return;
  const path = pathOf(look.shape);
  context.save();
  context.translate(x, y);
  if (look.shape === "cross") context.rotate(Math.PI / 4);
  context.scale(radius, radius);
  context.lineWidth = 0.36;
  context.fillStyle = look.fill;
  context.strokeStyle = look.stroke || "#ffffff";
  context.fill(path);
  context.stroke(path);
  context.restore();
}

function gridFor(page, kind) {
  const table = { station: page.core.stations, lounge: page.core.lounges, candidate: page.bulk.candidates }[kind];
  if (!page.grids.has(kind)) page.grids.set(kind, gridOf(table));
  return page.grids.get(kind);
}

// A card is never wider than the map of a phone, and never opens behind tools or legend.
function popupSize(page) {
  const wide = page.map.getSize().x;
  const maxWidth = Math.min(wide > 1800 ? 560 : 340, wide - 72);
  const beside = page.legend.open && wide > 900 ? page.legend.getBoundingClientRect().width + 24 : 24;
  return { maxWidth, minWidth: Math.min(240, maxWidth), autoPanPaddingTopLeft: [wide > 900 ? 60 : 24, 24],
    autoPanPaddingBottomRight: [beside, 24] };
}

function title(table, at) {
  const name = table.names ? table.names[table.name[at]] : table.name && table.name[at];
  return name || table.id[at];
}

function stationLayer(page, type, k) {
  const { stations } = page.core;
  const members = stations.type.map((_, at) => at).filter((at) => stations.type[at] === k);
  const look = stationLook(type);
  const layer = symbolLayer(page, "station", stations, members, () => look, STATION_SIZE);
  return { id: `stations-${type.id}`, section: "stations", label: () => named(type), count: () => number(members.length),
    look, layer };
}

function buildLounges(page) {
  const { lounges } = page.core;
  const kinds = Array.from(new Set(lounges.kind));
  for (const kind of kinds) {
    const members = lounges.kind.map((_, at) => at).filter((at) => lounges.kind[at] === kind);
    const look = (at) => (lounges.station[at] >= 0 ? loungeLook(kind) : { ...loungeLook(kind), fill: "#2d1e2f" });
    addLayer(page, { id: `lounges-${kind}`, section: "lounges", label: () => kindName("lounge", kind, "community"),
      count: () => number(members.length), look: loungeLook(kind), layer: symbolLayer(page, "lounge", lounges, members, look, LOUNGE_SIZE) });
  }
}

function buildLinks(page) {
  page.links = L.layerGroup();
  drawLinks(page);
  addLayer(page, { id: "links", section: "lounges", label: () => t("links"),
    count: () => `${number(linkedCount(page))} / ${number(page.core.lounges.id.length)}`, look: { line: "#55606b", dash: true },
    layer: page.links });
}

function linkedCount(page) {
  return page.now ? page.now.linked : page.core.lounges.station.filter((station) => station >= 0).length;
}

// Links of the plan, or of the what-if, one path per type; a link of the plan follows its streets where the plan knows them.
function drawLinks(page) {
  const { lounges, stations, types } = page.core;
  const paths = types.map(() => []);
  lounges.id.forEach((_, at) => {
    const planned = lounges.station[at];
    const link = page.now ? page.now.links[at].site : planned < 0 ? -1 : stations.site[planned];
    if (link < 0) return;
    const asPlanned = planned >= 0 && stations.site[planned] === link;
    const type = page.now ? page.now.choice.get(link) : stations.type[planned];
    paths[type].push(asPlanned ? linkWay(page, at) : [latLng(page.bulk.candidates, link), latLng(lounges, at)]);
  });
  page.links.clearLayers();
  types.forEach((type, k) => L.polyline(paths[k], { pane: "planner-links", color: type.colour, weight: 2.2, opacity: 0.85,
    dashArray: "1 5", lineCap: "round", interactive: false }).addTo(page.links));
}

// Land that the plan knows of: water, green, places where nothing may be built; and the outline of the district.
const LAND_LOOKS = {
  water: { fill: "#cadde6", opacity: 1, stroke: "#a9c6d3" },
  green: { fill: "#d5e2c8", opacity: 0.9, stroke: "#bccfaa" },
  restricted: { fill: "#d9c2b8", opacity: 0.35, stroke: "#a8806c", dash: "2 4" },
};

function buildLand(page) {
  const { land, outline } = page.core;
  for (const kind of Object.keys(LAND_LOOKS)) {
    const members = land.kind.map((_, at) => at).filter((at) => land.kind[at] === kind);
    if (!members.length) continue;
    const look = LAND_LOOKS[kind];
    const group = L.layerGroup(members.map((at) => L.polygon(land.rings[at].map(pathLatLngs), { pane: kind === "restricted"
      ? "planner-areas" : "planner-land", stroke: true, color: look.stroke, weight: 1, dashArray: look.dash, fillColor: look.fill,
    fillOpacity: look.opacity, interactive: false })));
    addLayer(page, { id: `land-${kind}`, section: "ground", label: () => t(`land_${kind}`), count: () => number(members.length),
      look: { area: look.fill, opacity: look.opacity, stroke: look.stroke }, layer: group });
  }
  if (outline.length) L.polygon(outline.map(pathLatLngs), { pane: "planner-areas", color: "#6f6b7d", weight: 2, opacity: 0.7, fill: false,
    interactive: false }).addTo(page.map);
}

const CENTRE_LOOKS = {
  business_district: { fill: "#c8b46a", stroke: "#8a7430" },
  industrial_park: { fill: "#8fa3b5", stroke: "#5c7185" },
  business_centre: { fill: "#b59bb8", stroke: "#7d6182" },
};

function buildCentres(page) {
  const { centres } = page.core;
  for (const kind of Array.from(new Set(centres.kind))) {
    const look = own(CENTRE_LOOKS, kind, "business_district");
    const group = L.layerGroup();
    let count = 0;
    centres.kind.forEach((each, at) => {
      if (each !== kind) return;
      count += 1;
      const shapeOf = L.polygon(centres.rings[at].map(pathLatLngs), { pane: "planner-centres", color: look.stroke,
        weight: 1.2, opacity: 0.8, fillColor: look.fill, fillOpacity: 0.22, interactive: false }).addTo(group);
      page.markers.centre.set(at, shapeOf);
    });
    addLayer(page, { id: `centres-${kind}`, section: "ground", label: () => kindName("centre", kind, "business_district"), count: () => number(count),
      look: { area: look.fill, stroke: look.stroke }, layer: group });
  }
}

function areaLayer(page) {
  const { areas } = page.core;
  const group = L.layerGroup([L.polygon(areas.rings.flat().map(pathLatLngs), { pane: "planner-areas", color: "#8d8a9c", weight: 0.9,
    dashArray: "4 3", opacity: 0.85, fill: false, interactive: false })]);
  return { id: "areas", section: "ground", label: () => t("areas"), count: () => number(areas.id.length),
    look: { line: "#8d8a9c", dash: true }, layer: group };
}

function buildBulkLayers(page) {
  const { core, bulk } = page;
  if (bulk.demand) buildDemand(page);
  if (core.lounges && core.lounges.id.length) buildLinks(page);
  if (!bulk.streets) return;
  buildGround(page);
  page.streets = new CanvasLayer(paintStreets(page), "planner-ground");
  addLayer(page, { id: "streets", section: "ground", label: () => t("streets"), count: () => "", look: { line: "#c9c1ae" },
    layer: page.streets });
}

// What can be answered once all is read.
function buildAnswerLayers(page) {
  if (page.bulk.small_streets) addSmallStreets(page);
  if (page.bulk.candidates) buildCandidates(page);
  buildCoverage(page);
  if (page.core.kind === "plan") buildCompared(page);
}

function buildDemand(page) {
  const { core, bulk } = page;
  page.demand = demandModel(bulk.demand, core.groups);
  const dots = new CanvasLayer(paintDemand(page.demand), "planner-demand");
  const lacking = new CanvasLayer(paintUncovered(page.demand, core.uncovered_colour), "planner-uncovered");
  page.demand.redraw = () => {
    dots.redraw();
    lacking.redraw();
  };
  if (core.kind === "points" && core.count <= MARKERS_UP_TO) return buildMarkers(page);
  dots.addTo(page.map);
  core.groups.forEach((group, g) => addLayer(page, { id: `demand-${group.id}`, section: "demand",
    label: () => named(group), count: () => (core.kind === "plan" ? people(group.people) : number(group.people, 2)), look: { dot: group.tint, stroke: group.colour },
    toggle: (on) => {
      page.demand.shown[g] = on;
      page.demand.redraw();
    } }));
  if (core.kind !== "plan") return undefined;
  return addLayer(page, { id: "uncovered", section: "demand", label: () => t("uncovered"),
    count: () => people(core.groups.reduce((sum, group) => sum + group.people, 0) - coveredPeople(page)),
    look: { dot: core.uncovered_colour, stroke: "#ffffff" }, layer: lacking });
}

function coveredPeople(page) {
  return page.now ? page.now.covered : page.core.groups.reduce((sum, group) => sum + group.covered, 0);
}

function coveredOf(page, group) {
  return page.now ? page.now.groups[group] : page.core.groups[group].covered;
}

// A short layer of points: a marker each, reachable by keyboard, with its name at the pointer.
function buildMarkers(page) {
  const { core, bulk } = page;
  const group = L.layerGroup();
  const look = { shape: "circle", fill: core.groups[0].colour };
  bulk.demand.id.forEach((_, at) => marker(page, "demand", bulk.demand, at, symbolIcon(look, 24, "station"), "planner-stations").addTo(group));
  page.demand = null;
  addLayer(page, { id: "points", section: "demand", label: () => named(core.groups[0]), count: () => number(core.groups[0].people, 2),
    look, layer: group });
}

function buildCandidates(page) {
  const { candidates } = page.bulk;
  for (const refused of [false, true]) {
    const shown = candidates.id.map((_, at) => at)
      .filter((at) => candidates.station[at] < 0 && (candidates.status[at] === "excluded") === refused);
    if (!shown.length) continue;
    const look = refused ? { shape: "cross", fill: "#a19c92" } : { shape: "circle", fill: "#ffffff", stroke: "#6a6f78" };
    const layer = drawnLayer(page, "candidate", shown, (context, view) => {
      const radius = view.zoom < 15 ? 3.4 : 5;
      for (const at of shown) paintSymbol(context, view, gridFor(page, "candidate"), at, look, radius);
    }, "planner-candidates", CANDIDATES_FROM);
    addLayer(page, { id: refused ? "candidates-refused" : "candidates", section: "stations", on: !refused,
      label: () => t(refused ? "candidates_refused" : "candidates"), count: () => number(shown.length),
      look: { ...look, strokeWidth: 0.4, halo: null, small: true }, layer });
  }
}

function isShown(page, entry) {
  return entry.toggle ? entry.on : page.map.hasLayer(entry.layer);
}

function setShown(page, entry, on) {
  entry.on = on;
  if (entry.toggle) entry.toggle(on);
  else if (on) entry.layer.addTo(page.map);
  else entry.layer.remove();
}
