// The start: folium's map in, everything else built around it.

function start(map) {
  const core = readBlock("planner-core");
  words.all = core.texts;
  words.language = core.language;
  const page = { map, core, bulk: {}, layers: [], candidateLayers: [], tab: "overview", inView: false, sort: "name",
    id: map.getContainer().id, panel: document.getElementById("planner-panel"),
    markers: { station: new Map(), lounge: new Map(), centre: new Map() } };
  L.control.zoom({ position: "bottomright", zoomInTitle: t("zoom_in"), zoomOutTitle: t("zoom_out") }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  makeLegend(page);
  buildCoreLayers(page);
  map.invalidateSize();
  fit(page);
  page.layers.filter((entry) => entry.on).forEach((entry) => setShown(page, entry, true));
  map.on("click", (event) => answerClick(page, event));
  map.on("moveend", () => {
    if (page.inView && page.tab !== "overview") drawPanel(page);
  });
  redrawTexts(page);
  readLargeBlock("planner-bulk").then((bulk) => {
    const before = page.layers.length;
    page.bulk = bulk;
    buildBulkLayers(page);
    page.layers.slice(before).filter((entry) => entry.on && entry.layer).forEach((entry) => setShown(page, entry, true));
    redrawTexts(page);
    document.documentElement.dataset.ready = "yes";
  });
}

function fit(page) {
  const [west, south, east, north] = page.core.bounds;
  page.map.fitBounds([[south, west], [north, east]], { padding: [24, 24], animate: false, maxZoom: 17 });
}

function redrawTexts(page) {
  drawPanel(page);
  drawLegend(page);
}
