// Reading the data blocks of the page. Nothing here touches the document but their text.

const DEGREE = 1e-6; // coordinates arrive as whole micro-degrees

function readBlock(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

// A large block is deflated: the browser unpacks it, or our own inflate where it cannot.
async function readLargeBlock(id) {
  const block = document.getElementById(id);
  if (!block) return {};
  if (block.dataset.coding !== "deflate") return JSON.parse(block.textContent);
  const signs = atob(block.textContent);
  const packed = new Uint8Array(signs.length);
  for (let i = 0; i < signs.length; i += 1) packed[i] = signs.charCodeAt(i);
  if (typeof DecompressionStream === "function") {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }
  return JSON.parse(new TextDecoder().decode(inflate(packed)));
}

// The blocks behind the script are there once the document is.
function wholeDocument() {
  if (document.readyState !== "loading") return undefined;
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
}

function latLng(table, at) {
  return L.latLng(table.y[at] * DEGREE, table.x[at] * DEGREE);
}

// Flat [x, y, x, y, ...] micro-degrees to Leaflet's [[lat, lng], ...].
function pathLatLngs(flat) {
  const path = [];
  for (let i = 0; i < flat.length; i += 2) path.push([flat[i + 1] * DEGREE, flat[i] * DEGREE]);
  return path;
}

// How places are shown. picture: null for plain Web Mercator, or the way to the datum and grid of the basemap (datums.js).
// margin: what a canvas paints beyond the view (see canvas.js); none for the first view, which is to come soon.
const display = { picture: null, margin: 0 };

// A place in the unit square: multiply by 256 * 2^zoom for Leaflet's pixels.
function unitPlace(microX, microY) {
  const [lng, lat] = [microX * DEGREE, microY * DEGREE];
  return display.picture ? display.picture.forward(lng, lat) : [(lng + 180) / 360, unitY(lat)];
}

function unitY(lat) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

// Many places at once, into typed arrays: without an array for each of them where nothing is shifted.
function unitPlaces(microXs, microYs) {
  const xs = new Float64Array(microXs.length);
  const ys = new Float64Array(microXs.length);
  for (let i = 0; i < xs.length; i += 1) {
    if (display.picture) [xs[i], ys[i]] = unitPlace(microXs[i], microYs[i]);
    else {
      xs[i] = (microXs[i] * DEGREE + 180) / 360;
      ys[i] = unitY(microYs[i] * DEGREE);
    }
  }
  return [xs, ys];
}

function unitOf(latlng) {
  return unitPlace(latlng.lng / DEGREE, latlng.lat / DEGREE);
}
