// The start: folium's map in, everything else built around it.

function start(map) {
  const core = readBlock("planner-core");
  words.all = core.texts;
  const link = readPermalink();
  words.language = link && core.texts[link.language] ? link.language : core.language;
  const page = { map, core, bulk: {}, layers: [], drawn: [], grids: new Map(), tab: "overview", inView: false, sort: "name",
    id: map.getContainer().id, panel: document.getElementById("planner-panel"),
    markers: { station: new Map(), lounge: new Map(), centre: new Map(), candidate: new Map(), demand: new Map() },
    added: L.layerGroup().addTo(map), badges: L.layerGroup().addTo(map), marks: new Map(), marksKept: true, markable: new Map() };
  page.message = h("div", { class: "message", role: "status", "aria-live": "polite" });
  map.getContainer().append(page.message);
  toolBar(page);
  northArrow(page);
  startBasemaps(page);
  L.control.zoom({ position: "bottomright", zoomInTitle: t("zoom_in"), zoomOutTitle: t("zoom_out") }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  makeLegend(page);
  buildCoreLayers(page);
  map.invalidateSize();
  if (link) map.setView(link.center, link.zoom, { animate: false });
  else fit(page);
  const off = link && link.off && link.off[0] ? link.off : null;
  const recall = (entry) => Object.assign(entry, off ? { on: !off.includes(entry.id) } : {});
  page.layers.map(recall).filter((entry) => entry.on).forEach((entry) => setShown(page, entry, true));
  page.names = namesLayer(page).addTo(map);
  const zoomClass = () => map.getContainer().classList.toggle("far", map.getZoom() < 13.5);
  map.on("zoomend", zoomClass);
  zoomClass();
  map.on("click", (event) => answerClick(page, event));
  map.on("moveend", () => {
    if (page.inView && page.tab === "list") drawPanel(page);
    writePermalink(page);
  });
  preparePrinting(page);
  redrawTexts(page);
  readLargeBlock("planner-bulk").then((bulk) => {
    const before = page.layers.length;
    page.bulk = bulk;
    buildBulkLayers(page);
    page.layers.slice(before).map(recall).forEach((entry) => {
      if (entry.on || entry.toggle) setShown(page, entry, entry.on);
    });
    if (core.kind === "plan") startReview(page);
    redrawTexts(page);
    document.documentElement.dataset.ready = "yes";
  });
}

function startReview(page) {
  const { core, bulk } = page;
  page.planned = plannedChoice(core);
  page.base = evaluate(page, page.planned);
  page.now = page.base;
  bulk.candidates.id.forEach((id, at) => page.markable.set(id, ["candidate", at]));
  core.stations.id.forEach((id, at) => page.markable.set(id, ["station", at]));
  makeMovable(page);
  loadMarks(page);
  drawMarks(page);
}

function fit(page) {
  const [west, south, east, north] = page.core.bounds;
  const beside = page.legend.open && page.map.getSize().x > 900 ? page.legend.offsetWidth + 24 : 24;
  page.map.fitBounds([[south, west], [north, east]], { paddingTopLeft: [24, 24], paddingBottomRight: [beside, 24], animate: false,
    maxZoom: 17 });
}

function redrawTexts(page) {
  drawPanel(page);
  drawLegend(page);
  drawTools(page);
}
