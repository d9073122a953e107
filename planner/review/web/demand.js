// Demand on canvas: one dot per place and group up close, hexagons that add people up far out.

const HEXAGON = 11; // radius in pixels
const CROWDED = 260; // square pixels of screen per dot below which dots are added up
const HEX_STEPS = ["#e3e6e4", "#c3d0d2", "#9db6bf", "#7498a8", "#4d778c"];

function demandModel(table, groups) {
  const model = { table, grid: gridOf(table), count: table.x.length, shown: groups.map(() => true), groups };
  model.uncovered = (i) => table.weight[i] * (1 - table.covered[i]);
  return model;
}

function dotRadius(weight, zoom) {
  return Math.min(14, (1.1 + Math.sqrt(Math.max(weight, 0)) * 0.42) * Math.min(2, Math.max(0.75, 2 ** ((zoom - 14) / 2))));
}

function visible(model, view, value) {
  const found = [];
  model.grid.within(...windowOf(view, 20), (i) => {
    if (model.shown[model.table.group[i]] && value(i) > 0) found.push(i);
  });
  return found;
}

function isCrowded(count, view) {
  return count > 400 && (view.width * view.height) / count < CROWDED;
}

// Hexagons on a fixed lattice of the world at this zoom, so that they stay put while the map is dragged.
function hexagons(model, items, view, value) {
  const sums = new Map();
  const wide = HEXAGON * Math.sqrt(3);
  const high = HEXAGON * 1.5;
  for (const i of items) {
    const x = model.grid.xs[i] * view.scale;
    const y = model.grid.ys[i] * view.scale;
    const key = nearestHexagon(x, y, wide, high);
    sums.set(key, (sums.get(key) || 0) + value(i));
  }
  return Array.from(sums, ([key, sum]) => {
    const row = Math.floor(key / 67108864);
    const column = key - row * 67108864;
    return { x: (column + Math.abs(row % 2) / 2) * wide - view.left, y: row * high - view.top, sum };
  });
}

function nearestHexagon(x, y, wide, high) {
  let best = 0;
  let least = Infinity;
  const low = Math.floor(y / high);
  for (const row of [low, low + 1]) {
    const shift = Math.abs(row % 2) / 2;
    const column = Math.round(x / wide - shift);
    const square = (x - (column + shift) * wide) ** 2 + (y - row * high) ** 2;
    if (square < least) {
      least = square;
      best = row * 67108864 + column;
    }
  }
  return best;
}

function traceHexagon(context, x, y, radius) {
  for (let k = 0; k < 6; k += 1) {
    const angle = Math.PI / 6 + (k * Math.PI) / 3;
    context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  context.closePath();
}

function paintHexagons(context, cells, colours) {
  const most = Math.max(...cells.map((cell) => cell.sum), 1e-9);
  for (const cell of cells) {
    const step = Math.min(colours.length - 1, Math.floor(Math.sqrt(cell.sum / most) * colours.length));
    context.beginPath();
    traceHexagon(context, cell.x, cell.y, HEXAGON - 0.6);
    context.fillStyle = colours[step];
    context.fill();
  }
}

function paintDemand(model) {
  return (context, view) => {
    const value = (i) => model.table.weight[i];
    const items = visible(model, view, value);
    model.crowded = isCrowded(items.length, view);
    if (model.crowded) {
      context.globalAlpha = 0.78;
      paintHexagons(context, hexagons(model, items, view, value), HEX_STEPS);
    } else paintDots(context, view, model, items, value);
  };
}

function paintDots(context, view, model, items, value) {
  model.groups.forEach((group, g) => {
    context.beginPath();
    for (const i of items) {
      if (model.table.group[i] !== g) continue;
      const x = model.grid.xs[i] * view.scale - view.left;
      const y = model.grid.ys[i] * view.scale - view.top;
      const radius = dotRadius(value(i), view.zoom);
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
    context.fillStyle = group.tint;
    context.globalAlpha = 0.72;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = 0.7;
    context.strokeStyle = group.colour;
    context.stroke();
  });
}

// Uncovered people: dark, haloed, on top of all demand, so that nobody overlooks them.
function paintUncovered(model, colour) {
  return (context, view) => {
    const items = visible(model, view, model.uncovered);
    if (isCrowded(items.length, view)) {
      context.globalAlpha = 0.85;
      paintHexagons(context, hexagons(model, items, view, model.uncovered), ["#b9a7b6", "#93788f", "#6c4d69", "#4a2d4a", colour]);
      return;
    }
    for (const halo of [true, false]) {
      context.beginPath();
      for (const i of items) {
        const x = model.grid.xs[i] * view.scale - view.left;
        const y = model.grid.ys[i] * view.scale - view.top;
        const radius = dotRadius(model.uncovered(i), view.zoom) + (halo ? 1.3 : 0);
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.fillStyle = halo ? "#ffffff" : colour;
      context.fill();
    }
  };
}
