// The ground from the plan's own streets: paper, casings and roadways, thinned for the zoom.

// Per level of street (0 main roads ... 3 service ways and paths): the zoom it appears at, width at zoom 16, colour.
const STREET_LOOKS = [
  { from: 0, width: 9, fill: "#fffdf6", casing: "#c9c1ae" },
  { from: 11.5, width: 6.5, fill: "#ffffff", casing: "#d3ccbd" },
  { from: 13.5, width: 4.5, fill: "#ffffff", casing: "#dcd6ca" },
  { from: 15, width: 2.6, fill: "#fbfaf7", casing: "#e2ddd3" },
];

// Unpack the streets once: unit coordinates, rank and level as small numbers, one box per line.
function unpackStreets(streets) {
  const count = streets.size.length;
  const xs = running(streets.dx);
  const ys = running(streets.dy);
  const [x, y] = unitPlaces(xs, ys);
  const ground = { count, x, y, level: Uint8Array.from(streets.level), rank: new Uint8Array(x.length),
    start: new Uint32Array(count + 1), box: new Float64Array(count * 4) };
  for (let i = 0; i < x.length; i += 1) ground.rank[i] = streets.rank.charCodeAt(i) - 48;
  for (let line = 0; line < count; line += 1) {
    ground.start[line + 1] = ground.start[line] + streets.size[line];
    boxOf(ground, line);
  }
  return ground;
}

function running(steps) {
  const values = new Float64Array(steps.length);
  let sum = 0;
  for (let i = 0; i < steps.length; i += 1) {
    sum += steps[i];
    values[i] = sum;
  }
  return values;
}

function boxOf(ground, line) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = ground.start[line]; i < ground.start[line + 1]; i += 1) {
    left = Math.min(left, ground.x[i]);
    right = Math.max(right, ground.x[i]);
    top = Math.min(top, ground.y[i]);
    bottom = Math.max(bottom, ground.y[i]);
  }
  ground.box.set([left, top, right, bottom], line * 4);
}

// Corners that matter less than half a pixel at this zoom are passed over; ends and crossings have rank 0.
function finestRank(zoom) {
  return zoom >= 16 ? 3 : zoom >= 14 ? 2 : zoom >= 12 ? 1 : 0;
}

function traceStreets(context, ground, level, view) {
  const [left, top, right, bottom] = windowOf(view, 10);
  const finest = finestRank(view.zoom);
  for (let line = 0; line < ground.count; line += 1) {
    const at = line * 4;
    if (ground.level[line] !== level || ground.box[at] > right || ground.box[at + 2] < left) continue;
    if (ground.box[at + 1] > bottom || ground.box[at + 3] < top) continue;
    const end = ground.start[line + 1];
    let move = true;
    for (let i = ground.start[line]; i < end; i += 1) {
      if (ground.rank[i] > finest) continue;
      const px = ground.x[i] * view.scale - view.left;
      const py = ground.y[i] * view.scale - view.top;
      if (move) context.moveTo(px, py);
      else context.lineTo(px, py);
      move = false;
    }
  }
}

// The main streets, and the small ones once they are read.
function buildGround(page) {
  const { streets, small_streets: small } = page.bulk;
  page.ground = [streets, small].filter(Boolean).map(unpackStreets);
}

function addSmallStreets(page) {
  page.ground.push(unpackStreets(page.bulk.small_streets));
  page.streets.redraw();
}

function paintStreets(page) {
  return (context, view) => {
    context.lineJoin = "round";
    context.lineCap = "round";
    const shown = [3, 2, 1, 0].filter((level) => view.zoom >= STREET_LOOKS[level].from);
    for (const cased of [true, false]) {
      for (const level of shown) {
        const look = STREET_LOOKS[level];
        const width = Math.max(0.8, look.width * 2 ** ((view.zoom - 16) * 0.75));
        if (!cased && width < 1.6) continue;
        context.strokeStyle = cased ? look.casing : look.fill;
        context.lineWidth = cased ? width + (width < 1.6 ? 0 : 1.4) : width;
        context.beginPath();
        for (const ground of page.ground) traceStreets(context, ground, level, view);
        context.stroke();
      }
    }
  };
}
