// Basemaps, when the map was made with some. The overlay follows the tiles' datum through the map's projection, so every
// place in the page stays WGS 84 and only its picture moves.

const KRASOVSKY = 6378245;
const KRASOVSKY_E2 = 0.00669342162296594323;

// WGS 84 to GCJ-02, the published series; the same as planner.inputs.datums.
function toGcj02(lng, lat) {
  const x = lng - 105;
  const y = lat - 35;
  const wave = (value, parts) => parts.reduce((sum, [height, per]) => sum + height * Math.sin((Math.PI * value) / per), 0);
  const common = 20 * (Math.sin(6 * Math.PI * x) + Math.sin(2 * Math.PI * x));
  const root = Math.sqrt(Math.abs(x));
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    + ((common + wave(y, [[20, 1], [40, 3], [160, 12], [320, 30]])) * 2) / 3;
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    + ((common + wave(x, [[20, 1], [40, 3], [150, 12], [300, 30]])) * 2) / 3;
  const phi = (lat * Math.PI) / 180;
  const w2 = 1 - KRASOVSKY_E2 * Math.sin(phi) ** 2;
  const meridian = (KRASOVSKY * (1 - KRASOVSKY_E2)) / (w2 * Math.sqrt(w2));
  const parallel = (KRASOVSKY / Math.sqrt(w2)) * Math.cos(phi);
  return [lng + ((east / parallel) * 180) / Math.PI, lat + ((north / meridian) * 180) / Math.PI];
}

function fromGcj02(lng, lat) {
  let [x, y] = [lng, lat];
  for (let k = 0; k < 8; k += 1) {
    const [fx, fy] = toGcj02(x, y);
    x += lng - fx;
    y += lat - fy;
  }
  return [x, y];
}

const GCJ02_CRS = L.extend({}, L.CRS.EPSG3857, {
  projection: L.extend({}, L.Projection.SphericalMercator, {
    project(latlng) {
      const [lng, lat] = toGcj02(latlng.lng, latlng.lat);
      return L.Projection.SphericalMercator.project(L.latLng(lat, lng));
    },
    unproject(point) {
      const shifted = L.Projection.SphericalMercator.unproject(point);
      const [lng, lat] = fromGcj02(shifted.lng, shifted.lat);
      return L.latLng(lat, lng);
    },
  }),
});

function useDatum(page, datum) {
  const shifted = datum === "gcj02" && page.core.mainland;
  if (Boolean(display.shift) === shifted) return;
  display.shift = shifted ? toGcj02 : null;
  const center = page.map.getCenter();
  page.map.options.crs = shifted ? GCJ02_CRS : L.CRS.EPSG3857;
  if (page.demand) page.demand.grid = gridOf(page.bulk.demand);
  page.grids.clear();
  if (page.ground) Object.assign(page.ground, unpackStreets(page.bulk.streets));
  page.map._resetView(center, page.map.getZoom());
}

function showBasemap(page, at) {
  const entry = page.core.basemaps[at];
  if (page.tiles) page.tiles.remove();
  page.tiles = null;
  page.basemap = at;
  replaceContent(page.credit, entry ? entry.attribution : "");
  useDatum(page, entry ? entry.datum : "wgs84");
  if (!entry) return;
  page.tiles = L.tileLayer(entry.url, { maxZoom: 20, maxNativeZoom: entry.max_native_zoom, subdomains: entry.subdomains || "a",
    className: "tiles" });
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
