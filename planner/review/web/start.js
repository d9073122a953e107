// The start: folium's map in, everything else built around it. First what is seen, then, while the browser is idle, names,
// small streets and what answers clicks.

function start(map) {
  const core = readBlock("planner-core");
  words.all = core.texts;
  const link = readPermalink(map);
  words.language = link && core.texts[link.language] ? link.language : core.language;
  const page = newPage(map, core);
  page.turned = link ? link.turned : [];
  toolBar(page);
  northArrow(page);
  startBasemaps(page);
  page.zoom = L.control.zoom({ position: "bottomright" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  makeLegend(page);
  if (link) map.setView(link.center, link.zoom, { animate: false });
  else fit(page);
  buildLayers(page, buildCoreLayers);
  listen(page);
  drawPanel(page);
  drawTools(page);
  readLargeBlock("planner-bulk").then((bulk) => showPeople(page, bulk));
}

function newPage(map, core) {
  const page = { map, core, bulk: {}, layers: [], drawn: [], grids: new Map(), tab: "overview", inView: false, sort: "name",
    id: map.getContainer().id, panel: document.getElementById("planner-panel"),
    markers: { station: new Map(), lounge: new Map(), centre: new Map(), candidate: new Map(), demand: new Map() },
    added: L.layerGroup().addTo(map), badges: L.layerGroup().addTo(map), marks: new Map(), marksKept: true, markable: new Map() };
  page.message = h("div", { class: "message", role: "status", "aria-live": "polite" });
  map.getContainer().append(page.message);
  return page;
}

// Layers that a step of the start adds, shown as the address or their own setting says.
function buildLayers(page, build) {
  const before = page.layers.length;
  build(page);
  for (const entry of page.layers.slice(before)) {
    entry.on = entry.usual !== page.turned.includes(entry.id);
    if (entry.toggle ? !entry.on : entry.on) setShown(page, entry, entry.on); // a toggled part is drawn until it is off
  }
}

function listen(page) {
  const { map } = page;
  const zoomClass = () => map.getContainer().classList.toggle("far", map.getZoom() < 13.5);
  map.on("zoomend", zoomClass);
  zoomClass();
  map.on("click", (event) => answerClick(page, event));
  listenForCards(page);
  map.on("moveend", () => {
    if (page.inView && page.tab === "list") drawPanel(page);
    writePermalink(page);
  });
  preparePrinting(page);
}

// People and streets complete the first view; the page says so once it is painted.
function showPeople(page, bulk) {
  Object.assign(page.bulk, bulk);
  buildLayers(page, buildBulkLayers);
  drawLegend(page);
  requestAnimationFrame(() => setTimeout(() => {
    performance.mark("planner-first-view");
    document.documentElement.dataset.seen = "yes";
    whenIdle(async () => {
      await wholeDocument();
      showAnswers(page, await readLargeBlock("planner-answers"));
    });
  }));
}

function showAnswers(page, answers) {
  Object.assign(page.bulk, answers);
  display.margin = MARGIN;
  page.names = namesLayer(page).addTo(page.map);
  buildLayers(page, buildAnswerLayers);
  if (page.core.kind === "plan") startReview(page);
  redrawTexts(page);
  performance.mark("planner-ready");
  document.documentElement.dataset.ready = "yes";
}

function whenIdle(work) {
  if (typeof requestIdleCallback === "function") requestIdleCallback(work, { timeout: 500 });
  else setTimeout(work, 50);
}

function startReview(page) {
  const { core, bulk } = page;
  page.planned = plannedChoice(core);
  page.plannedShares = Float64Array.from(bulk.demand.covered);
  page.sets = setsModel(page);
  page.base = evaluate(page, page.planned);
  page.now = page.base;
  bulk.candidates.id.forEach((id, at) => page.markable.set(id, ["candidate", at]));
  core.stations.id.forEach((id, at) => page.markable.set(id, ["station", at]));
  makeMovable(page);
  loadMarks(page);
}

function fit(page) {
  const [west, south, east, north] = page.core.bounds;
  const beside = page.legend.open && page.map.getSize().x > 900 ? page.legend.getBoundingClientRect().width + 24 : 24;
  page.map.fitBounds([[south, west], [north, east]], { paddingTopLeft: [24, 24], paddingBottomRight: [beside, 24], animate: false,
    maxZoom: 17 });
}

function redrawTexts(page) {
  drawPanel(page);
  drawLegend(page);
  drawTools(page);
  drawMarks(page);
  if (page.slider && page.slider.input) page.slider.input.setAttribute("aria-label", t("slider"));
}
