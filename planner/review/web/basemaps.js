// Basemaps, when the map was made with some. The overlay follows the tiles' datum through the map's projection (datums.js).

// Baidu counts tiles from the equator to the north, and writes a minus as M.
const BaiduTiles = L.TileLayer.extend({
  getTileUrl({ x, y, z }) {
    const signed = (value) => String(value).replace("-", "M");
    return L.Util.template(this._url, { s: this._getSubdomain({ x, y }), x: signed(x), y: signed(-1 - y), z });
  },
});

function tileLayer(entry) {
  const options = { maxZoom: 20, minNativeZoom: entry.min_native_zoom, maxNativeZoom: entry.max_native_zoom,
    subdomains: entry.subdomains || "a", className: "tiles" };
  return entry.datum === "bd09" ? new BaiduTiles(entry.url, options) : L.tileLayer(entry.url, options);
}

function showBasemap(page, at) {
  const entry = page.core.basemaps[at];
  if (page.tiles) page.tiles.remove();
  page.tiles = null;
  page.basemap = at;
  replaceContent(page.credit, entry ? entry.attribution : "");
  useDatum(page, entry ? entry.datum : "wgs84");
  if (!entry) return;
  page.tiles = tileLayer(entry);
  let failed = 0;
  page.tiles.on("tileerror", () => {
    failed += 1;
    if (failed === 1) say(page, t("tiles_failed", { name: named(entry) }));
    page.credit.textContent = t("tiles_failed", { name: named(entry) });
  });
  page.tiles.on("tileload", () => {
    page.credit.textContent = entry.attribution;
  });
  page.tiles.addTo(page.map);
}

function basemapChoice(page) {
  if (!page.core.basemaps.length) return null;
  const choice = (at, label) => {
    const radio = h("input", { type: "radio", name: `basemap-${page.id}`, id: `basemap-${page.id}-${at}`, onchange: () => showBasemap(page, at) });
    radio.checked = page.basemap === at;
    return h("li", {}, h("label", { for: radio.id }, radio, h("span", { class: "name" }, label)));
  };
  return h("section", {}, h("h3", {}, t("basemap")), h("ul", {}, choice(-1, t("no_basemap")),
    page.core.basemaps.map((entry, at) => choice(at, named(entry)))));
}

function startBasemaps(page) {
  const control = L.control({ position: "bottomright" });
  control.onAdd = () => {
    page.credit = h("div", { class: "credit" });
    return page.credit;
  };
  control.addTo(page.map);
  page.basemap = -1;
  if (page.core.basemaps.length) showBasemap(page, 0);
}
