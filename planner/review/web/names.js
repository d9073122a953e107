// Names on the map: stations first, then areas from large to small, each only where it covers nothing else.

const NAME_FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Segoe UI",system-ui,sans-serif';

function namesLayer(page) {
  return new CanvasLayer((context, view) => paintNames(page, context, view), "planner-names");
}

function paintNames(page, context, view) {
  const taken = symbolBoxes(page, view);
  const seen = seenWindow(view);
  const place = (text, x, y, anchors, style) => {
    context.font = style.font;
    const width = context.measureText(text).width;
    const high = style.high / 2;
    for (const [dx, dy] of anchors) {
      const left = x + dx * (width / 2 + style.gap) - width / 2;
      const box = [left, y + dy - high, left + width, y + dy + high];
      if ((inside(seen, x, y) && !holds(seen, box)) || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      context.lineWidth = 3;
      context.lineJoin = "round";
      context.strokeStyle = style.halo;
      context.fillStyle = style.colour;
      context.textBaseline = "middle";
      context.strokeText(text, box[0], y + dy);
      context.fillText(text, box[0], y + dy);
      return;
    }
  };
  if (page.core.stations && view.zoom >= 12.5) nameStations(page, view, place);
  if (page.core.areas && page.layers.some((entry) => entry.id === "areas" && entry.on)) nameAreas(page, view, place, context);
}

// What of a canvas lies in view: all but its margin. A name of a station in view is not to be cut by the edge.
function seenWindow(view) {
  const share = display.margin / (1 + 2 * display.margin);
  return [share * view.width, share * view.height, (1 - share) * view.width, (1 - share) * view.height];
}

function inside(box, x, y) {
  return x > box[0] && x < box[2] && y > box[1] && y < box[3];
}

function holds(box, other) {
  return other[0] > box[0] && other[2] < box[2] && other[1] > box[1] && other[3] < box[3];
}

// Letters grow on wall screens, which are read from afar.
function letters(page, pixels) {
  const wide = page.map.getSize().x;
  return Math.round(pixels * (wide > 1800 ? 1.8 : wide > 1500 ? 1.3 : 1));
}

function overlap(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

function onCanvas(table, at, view) {
  const [x, y] = unitPlace(table.x[at], table.y[at]);
  return [x * view.scale - view.left, y * view.scale - view.top];
}

function symbolBoxes(page, view) {
  const boxes = [];
  for (const [table, half] of [[page.core.stations, letters(page, 15)], [page.core.lounges, letters(page, view.zoom < 13 ? 6 : 10)]]) {
    if (table) table.x.forEach((_, at) => {
      const [x, y] = onCanvas(table, at, view);
      if (x > -40 && y > -40 && x < view.width + 40 && y < view.height + 40) boxes.push([x - half, y - half, x + half, y + half]);
    });
  }
  return boxes;
}

function nameStations(page, view, place) {
  const { stations } = page.core;
  const size = letters(page, 13);
  const style = { font: `600 ${size}px ${NAME_FONT}`, colour: "#1d2730", halo: "rgba(255,255,255,0.92)", gap: size + 4, high: size + 3 };
  stations.x.forEach((_, at) => {
    const [x, y] = onCanvas(stations, at, view);
    if (x > 0 && y > 0 && x < view.width && y < view.height) place(shortened(title(stations, at), 14), x, y, [[1, 0], [-1, 0], [0, 24], [0, -24]], style);
  });
}

function nameAreas(page, view, place, context) {
  const { areas } = page.core;
  const size = letters(page, 12);
  const style = { font: `${size}px ${NAME_FONT}`, colour: "#6a6576", halo: "rgba(245,243,238,0.9)", gap: 0, high: size + 4 };
  const order = areas.x.map((_, at) => at).sort((a, b) => areas.size[b] - areas.size[a]);
  for (const at of order) {
    const text = shortened(areas.name[at], 12);
    context.font = style.font;
    const room = Math.sqrt(areas.size[at]) * view.scale / 360;
    if (room < context.measureText(text).width * 0.6) continue;
    const [x, y] = onCanvas(areas, at, view);
    place(text, x, y, [[0, 0], [0, 18], [0, -18]], style);
  }
}

function shortened(text, length) {
  const signs = Array.from(text.replace(/\s+/g, " "));
  return signs.length > length ? `${signs.slice(0, length - 1).join("")}…` : signs.join("");
}
