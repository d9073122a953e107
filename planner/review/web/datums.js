// Datums and tile grids of map vendors, for display alone: every place in the page stays WGS 84, only its picture moves.

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

// WGS 84 to BD-09: GCJ-02, turned and lengthened a little.
function toBd09(lng, lat) {
  const [x, y] = toGcj02(lng, lat);
  const per = (Math.PI * 3000) / 180;
  const radius = Math.hypot(x, y) + 2e-5 * Math.sin(y * per);
  const angle = Math.atan2(y, x) + 3e-6 * Math.cos(x * per);
  return [radius * Math.cos(angle) + 0.0065, radius * Math.sin(angle) + 0.006];
}

// The way back, by steps that shrink by a thousand each time.
function inverse(forward) {
  return (lng, lat) => {
    let [x, y] = [lng, lat];
    for (let k = 0; k < 8; k += 1) {
      const [fx, fy] = forward(x, y);
      x += lng - fx;
      y += lat - fy;
    }
    return [x, y];
  };
}

// Baidu's own metres: per band of latitude from 0, 15, 30 and 45 degrees a line in longitude and a polynomial of the sixth
// degree in latitude over the last number. Pixels at zoom z are metres * 2^(z - 18), counted to the north.
const BAIDU_METRES = [
  [-0.0003218135878613132, 111320.7020701615, 0.00369383431289, 823725.6402795718, 0.46104986909093, 2351.343141331292,
    1.58060784298199, 8.77738589078284, 0.37238884252424, 7.45],
  [-0.0003441963504368392, 111320.7020576856, 278.2353980772752, 2485758.690035394, 6070.750963243378, 54821.18345352118,
    9540.606633304236, -2710.55326746645, 1405.483844121726, 22.5],
  [0.00220636496208, 111320.7020209128, 51751.86112841131, 3796837.749470245, 992013.7397791013, -1221952.21711287,
    1340652.697009075, -620943.6990984312, 144416.9293806241, 37.5],
  [0.00337398766765, 111320.7020202162, 4481351.045890365, -23393751.19931662, 79682215.47186455, -115964993.2797253,
    97236711.15602145, -43661946.33752821, 8477230.501135234, 52.5],
];
const BAIDU_WORLD = 2 ** 26; // metres across all pixels of zoom 0

function baiduBand(lat) {
  return BAIDU_METRES[Math.max(0, Math.min(3, Math.floor(lat / 15)))];
}

function baiduMetres(lng, lat) {
  const band = baiduBand(lat);
  const share = lat / band[9];
  return [band[0] + band[1] * lng, band.slice(2, 9).reduceRight((sum, factor) => sum * share + factor, 0)];
}

function baiduDegrees(x, y) {
  let [south, north] = [0, 60];
  while (north - south > 1e-11) {
    const middle = (south + north) / 2;
    if (baiduMetres(0, middle)[1] < y) south = middle;
    else north = middle;
  }
  const [start, perDegree] = baiduBand(south);
  return [(x - start) / perDegree, south];
}

function mercatorUnit(lng, lat) {
  return [(lng + 180) / 360, unitY(lat)];
}

function mercatorDegrees(x, y) {
  return [x * 360 - 180, (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI];
}

// Per datum: from WGS 84 degrees to the unit square that tiles and canvases share, and back.
const PICTURES = {
  gcj02: {
    forward: (lng, lat) => mercatorUnit(...toGcj02(lng, lat)),
    back: (x, y) => inverse(toGcj02)(...mercatorDegrees(x, y)),
  },
  bd09: {
    forward: (lng, lat) => {
      const [x, y] = baiduMetres(...toBd09(lng, lat));
      return [x / BAIDU_WORLD, -y / BAIDU_WORLD];
    },
    back: (x, y) => inverse(toBd09)(...baiduDegrees(x * BAIDU_WORLD, -y * BAIDU_WORLD)),
  },
};

// Leaflet's reference system of a picture: projected places are in the unit square already.
function pictureCrs({ forward, back }) {
  return L.extend({}, L.CRS.EPSG3857, {
    wrapLng: null,
    transformation: L.transformation(1, 0, 1, 0),
    projection: {
      bounds: L.bounds([-1, -1], [1, 1]),
      project: (latlng) => L.point(...forward(latlng.lng, latlng.lat)),
      unproject: (point) => {
        const [lng, lat] = back(point.x, point.y);
        return L.latLng(lat, lng);
      },
    },
  });
}

function useDatum(page, datum) {
  const picture = (page.core.mainland && PICTURES[datum]) || null;
  if (display.picture === picture) return;
  const center = page.map.getCenter();
  display.picture = picture;
  page.map.options.crs = picture ? pictureCrs(picture) : L.CRS.EPSG3857;
  if (page.demand) page.demand.grid = gridOf(page.bulk.demand);
  page.grids.clear();
  if (page.ground) buildGround(page);
  page.map._resetView(center, page.map.getZoom());
}
