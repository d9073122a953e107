// Reading the data blocks of the page. Nothing here touches the document but their text.

const DEGREE = 1e-6; // coordinates arrive as whole micro-degrees

function blockText(id) {
  const block = document.getElementById(id);
  return block ? block : null;
}

function readBlock(id) {
  return JSON.parse(blockText(id).textContent);
}

// A large block is deflated: the browser unpacks it, or our own inflate where it cannot.
async function readLargeBlock(id) {
  const block = blockText(id);
  if (!block) return {};
  if (block.dataset.coding !== "deflate") return JSON.parse(block.textContent);
  const packed = Uint8Array.from(atob(block.textContent), (sign) => sign.charCodeAt(0));
  if (typeof DecompressionStream === "function") {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }
  return JSON.parse(new TextDecoder().decode(inflate(packed)));
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

// How places are shown: shift is null, or the way to the datum of the basemap (see basemaps.js).
const display = { shift: null };

// Web Mercator in the unit square: multiply by 256 * 2^zoom for Leaflet's pixels.
function unitPlace(microX, microY) {
  const place = [microX * DEGREE, microY * DEGREE];
  const [lng, lat] = display.shift ? display.shift(place[0], place[1]) : place;
  const sine = Math.sin((lat * Math.PI) / 180);
  return [(lng + 180) / 360, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}

function unitOf(latlng) {
  return unitPlace(latlng.lng / DEGREE, latlng.lat / DEGREE);
}
