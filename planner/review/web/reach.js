// Coverage along the streets: what a group reaches within a limit, painted as one broad stroke on canvas.

const REACH_METRES = 30; // to each side of a street

// The standards first, as they say who is covered; then the round minutes.
function buildCoverage(page) {
  for (const standard of [true, false]) for (const row of page.bulk.coverage || []) {
    const group = page.core.groups[row.group];
    row.limits.forEach((seconds, band) => {
      if (standard !== (row.shares[band] !== null)) return;
      const layer = new CanvasLayer(paintReach(row, band, group.colour, page), "planner-coverage");
      addLayer(page, { id: `coverage-${group.id}-${seconds}`, section: "coverage", on: false,
        label: () => `${named(group)} ${minutes(seconds)}${standard ? ` · ${t("standard")}` : ""}`,
        count: () => `${number(row.metres[band] / 1000)} ${t("km")}`, look: { area: group.colour, opacity: standard ? 0.4 : 0.2, stroke: group.colour }, layer });
    });
  }
}

// Lines of this limit: whole ones of it or a smaller one, and the parts on which it ends.
function paintReach(row, band, colour, page) {
  const { lines } = row;
  return (context, view) => {
    if (row.picture !== display.picture || !row.xs) {
      [row.xs, row.ys] = unitPlaces(running(lines.dx), running(lines.dy));
      row.picture = display.picture;
    }
    context.beginPath();
    let at = 0;
    lines.band.forEach((level, line) => {
      const end = at + lines.size[line];
      if (lines.part[line] ? level === band : level <= band) traceLine(context, view, row, at, end);
      at = end;
    });
    context.lineJoin = "round";
    context.lineCap = "round";
    context.strokeStyle = colour;
    context.globalAlpha = 0.24;
    const middle = page.map.getCenter().lat;
    context.lineWidth = Math.max(6, (2 * REACH_METRES * view.scale) / (40075017 * Math.cos((middle * Math.PI) / 180)));
    context.stroke();
  };
}

function traceLine(context, view, { xs, ys }, from, to) {
  for (let i = from; i < to; i += 1) {
    const x = xs[i] * view.scale - view.left;
    const y = ys[i] * view.scale - view.top;
    if (i === from) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
}
