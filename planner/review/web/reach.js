// Service areas: from where a group reaches a station within a limit, and up close the streets in them.

const REACHED_STREETS_FROM = 14; // zoom

// The standards first, as they say who is covered; then the round minutes.
function buildCoverage(page) {
  for (const standard of [true, false]) for (const row of page.bulk.coverage || []) {
    const group = page.core.groups[row.group];
    row.limits.forEach((seconds, band) => {
      if (standard !== (row.shares[band] !== null)) return;
      const layer = new CanvasLayer(paintReach(row, band, group.colour), "planner-coverage");
      addLayer(page, { id: `coverage-${group.id}-${seconds}`, section: "coverage", on: false,
        label: () => `${named(group)} ${minutes(seconds)}${standard ? ` · ${t("standard")}` : ""}`,
        count: () => `${number(row.km2[band], 1)} ${t("km2")}`, look: { area: group.colour, opacity: standard ? 0.4 : 0.2, stroke: group.colour }, layer });
    });
  }
}

function paintReach(row, band, colour) {
  const places = { picture: undefined };
  return (context, view) => {
    if (places.picture !== display.picture) placeReach(places, row, band);
    context.beginPath();
    for (const ring of places.rings) {
      tracePath(context, view, ring, 0, ring[0].length);
      context.closePath();
    }
    context.fillStyle = colour;
    context.strokeStyle = colour;
    context.lineJoin = "round";
    context.globalAlpha = 0.2;
    context.fill("evenodd");
    const near = view.zoom >= REACHED_STREETS_FROM;
    context.globalAlpha = near ? 0.8 : 0.4; // far out the edges of streets lie close together: the area says more
    context.lineWidth = near ? 1.4 : 0.7;
    context.stroke();
    if (places.streets && near) strokeReached(context, view, places.streets, row.lines, band);
  };
}

function placeReach(places, row, band) {
  places.picture = display.picture;
  places.rings = row.rings[band].map((ring) => unitPlaces(ring.filter((_, i) => i % 2 === 0), ring.filter((_, i) => i % 2 === 1)));
  places.streets = row.lines ? unitPlaces(running(row.lines.dx), running(row.lines.dy)) : null;
}

// Streets of this limit: whole ones of it or a smaller one, and the parts on which it ends.
function strokeReached(context, view, streets, lines, band) {
  context.beginPath();
  let at = 0;
  lines.band.forEach((level, line) => {
    const end = at + lines.size[line];
    if (lines.part[line] ? level === band : level <= band) tracePath(context, view, streets, at, end);
    at = end;
  });
  context.lineCap = "round";
  context.globalAlpha = 0.5;
  context.lineWidth = 2.5;
  context.stroke();
}

function tracePath(context, view, [xs, ys], from, to) {
  for (let i = from; i < to; i += 1) {
    const x = xs[i] * view.scale - view.left;
    const y = ys[i] * view.scale - view.top;
    if (i === from) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
}
