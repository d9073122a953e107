// Small tools: messages, saving a file, the measure, the north arrow, the permalink, printing.

function say(page, text) {
  replaceContent(page.message, text);
  page.message.classList.toggle("shown", Boolean(text));
  clearTimeout(page.messageTimer);
  page.messageTimer = setTimeout(() => page.message.classList.remove("shown"), 6000);
}

function saveText(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json;charset=utf-8" }));
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function toolBar(page) {
  const control = L.control({ position: "topleft" });
  control.onAdd = () => {
    page.tools = h("div", { class: "tools leaflet-bar" });
    L.DomEvent.disableClickPropagation(page.tools);
    return page.tools;
  };
  control.addTo(page.map);
}

function drawTools(page) {
  const picture = (path) => svg("svg", { viewBox: "0 0 24 24", width: 18, height: 18, "aria-hidden": "true" },
    svg("path", { d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linecap": "round", "stroke-linejoin": "round" }));
  const tool = (name, path, onclick, pressed, caption) => button([picture(path), caption ? h("small", {}, caption) : null], onclick, { class: pressed ? "tool on" : "tool", title: t(name),
    "aria-label": t(name), "aria-pressed": pressed === undefined ? null : String(pressed) });
  for (const [key, element] of [["zoom_in", page.zoom._zoomInButton], ["zoom_out", page.zoom._zoomOutButton]]) {
    element.title = t(key);
    element.setAttribute("aria-label", t(key));
  }
  replaceContent(page.tools,
    tool("whole", "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5", () => fit(page)),
    tool("measure", "M3 16 16 3l5 5L8 21zM7 12l2 2M10 9l3 3M13 6l2 2", () => toggleMeasure(page), Boolean(page.measuring)),
    ["A4", "A3"].map((paper) => tool(`print_${paper}`, "M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z", () => printOn(paper), undefined, paper)));
}

// The browser's own command prints on the paper that was last chosen, A4 at first.
function printOn(paper) {
  document.body.classList.toggle("a3", paper === "A3");
  window.print();
}

// The measure: each click adds a corner; the length so far stands at the pointer's last corner.
function toggleMeasure(page) {
  if (page.measuring) page.measuring.remove();
  page.measuring = page.measuring ? null : L.layerGroup().addTo(page.map);
  page.measured = [];
  page.map.getContainer().classList.toggle("picking", Boolean(page.measuring));
  say(page, page.measuring ? t("measure_help") : "");
  drawTools(page);
}

function addCorner(page, latlng) {
  page.measured.push(latlng);
  page.measuring.clearLayers();
  const length = page.measured.reduce((sum, corner, k) => (k ? sum + corner.distanceTo(page.measured[k - 1]) : 0), 0);
  L.polyline(page.measured, { pane: "planner-links", color: "#1d2730", weight: 2.5, interactive: false }).addTo(page.measuring);
  L.circleMarker(latlng, { pane: "planner-links", radius: 4, color: "#1d2730", fillColor: "#fff", fillOpacity: 1, interactive: false })
    .bindTooltip(document.createTextNode(metres(length)), { permanent: true, direction: "top" }).addTo(page.measuring);
}

function northArrow(page) {
  const control = L.control({ position: "bottomleft" });
  control.onAdd = () => h("div", { class: "north", role: "img", "aria-label": "N" },
    svg("svg", { viewBox: "0 0 24 34", width: 24, height: 34, "aria-hidden": "true" },
      svg("path", { d: "M12 12 18 31 12 27 6 31Z", fill: "#1d2730" }),
      (() => {
        const letter = svg("text", { x: 12, y: 9.5, "text-anchor": "middle", "font-size": 11, "font-weight": 700, fill: "#1d2730" });
        letter.append("N");
        return letter;
      })()));
  control.addTo(page.map);
}

// The address of the page always names the view: #zoom/lat/lng/language/layers that are not as usual.
function writePermalink(page) {
  const center = page.map.getCenter();
  const turned = page.layers.filter((entry) => entry.on !== entry.usual).map((entry) => encodeURIComponent(entry.id)).join(",");
  const hash = `#${page.map.getZoom()}/${center.lat.toFixed(5)}/${center.lng.toFixed(5)}/${words.language}/${turned}`;
  try {
    history.replaceState(null, "", hash);
  } catch (error) {
    page.hash = hash; // a frame without an address of its own
  }
}

function readPermalink(map) {
  const [zoom, lat, lng, language, turned] = location.hash.slice(1).split("/");
  const view = [zoom, lat, lng].map((text) => (text ? Number(text) : NaN));
  if (view.some((value) => !Number.isFinite(value)) || Math.abs(view[1]) > 85 || Math.abs(view[2]) > 180) return null;
  return { zoom: Math.min(map.getMaxZoom(), Math.max(map.getMinZoom(), view[0])), center: [view[1], view[2]], language, turned: (turned || "").split(",").map(safeDecode) };
}

function safeDecode(text) {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    return text;
  }
}

// On paper: title, map, legend and imprint fill one landscape sheet; the map is laid out anew for it.
function preparePrinting(page) {
  const layOut = (printing) => {
    document.body.classList.toggle("printing", printing);
    if (printing) page.printed = { center: page.map.getCenter(), zoom: page.map.getZoom(), bounds: page.map.getBounds(), open: page.legend.open };
    page.legend.open = printing || page.printed.open;
    if (printing) page.tab = "overview";
    drawPanel(page);
    drawLegend(page);
    page.map.invalidateSize({ animate: false });
    page.map.options.zoomSnap = printing ? 0.05 : 0.5; // paper is filled to its edge
    const [west, south, east, north] = page.core.bounds;
    const whole = page.printed.bounds.contains([[south, west], [north, east]]);
    if (printing && whole) fit(page);
    else if (printing) page.map.fitBounds(page.printed.bounds, { animate: false });
    else page.map.setView(page.printed.center, page.printed.zoom, { animate: false });
  };
  window.addEventListener("beforeprint", () => layOut(true));
  window.addEventListener("afterprint", () => layOut(false));
}
