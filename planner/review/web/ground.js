// The ground from the plan's own streets: paper, casings and roadways, thinned for the zoom.

// Per level of street (0 main roads ... 3 service ways and paths): the zoom it appears at, width at zoom 16, colour.
const STREET_LOOKS = [
  { from: 0, width: 9, fill: "#fffdf6", casing: "#c9c1ae" },
  { from: 11.5, width: 6.5, fill: "#ffffff", casing: "#d3ccbd" },
  { from: 13.5, width: 4.5, fill: "#ffffff", casing: "#dcd6ca" },
  { from: 15, width: 2.6, fill: "#fbfaf7", casing: "#e2ddd3" },
];

// Unpack the streets once: unit coordinates, one box per line.
function unpackStreets(streets) {
  const count = streets.size.length;
  const total = streets.dx.length;
  const ground = { count, level: streets.level, rank: streets.rank, start: new Uint32Array(count + 1),
    x: new Float64Array(total), y: new Float64Array(total), box: new Float64Array(count * 4) };
  let x = 0;
  let y = 0;
  for (let i = 0; i < total; i += 1) {
    x += streets.dx[i];
    y += streets.dy[i];
    [ground.x[i], ground.y[i]] = unitPlace(x, y);
  }
  for (let line = 0; line < count; line += 1) {
    ground.start[line + 1] = ground.start[line] + streets.size[line];
    const xs = ground.x.subarray(ground.start[line], ground.start[line + 1]);
    const ys = ground.y.subarray(ground.start[line], ground.start[line + 1]);
    ground.box.set([min(xs), min(ys), max(xs), max(ys)], line * 4);
  }
  return ground;
}

function min(values) {
  return values.reduce((a, b) => (a < b ? a : b), Infinity);
}

function max(values) {
  return values.reduce((a, b) => (a > b ? a : b), -Infinity);
}

// Corners that matter less than half a pixel at this zoom are passed over; ends and crossings have rank 0.
function finestRank(zoom) {
  return zoom >= 16 ? "3" : zoom >= 14 ? "2" : zoom >= 12 ? "1" : "0";
}

function traceStreets(context, ground, level, view) {
  const [left, top, right, bottom] = windowOf(view, 10);
  const finest = finestRank(view.zoom);
  context.beginPath();
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

function paintStreets(ground) {
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
        traceStreets(context, ground, level, view);
        context.stroke();
      }
    }
  };
}
