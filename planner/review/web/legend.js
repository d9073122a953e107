// The legend, which is the layer switch too: symbol, name, count as in the tables, and a box to tick.

const SECTIONS = ["stations", "phases", "compare", "lounges", "demand", "coverage", "ground"];

function legendPicture(look) {
  const picture = svg("svg", { viewBox: "0 0 28 20", width: 28, height: 20, "aria-hidden": "true" });
  if (look.line) picture.append(svg("line", { x1: 2, x2: 26, y1: 10, y2: 10, stroke: look.line, "stroke-width": 2.4,
    "stroke-linecap": "round", "stroke-dasharray": look.dash ? "1 5" : "none" }));
  else if (look.area) picture.append(svg("rect", { x: 3, y: 3, width: 22, height: 14, rx: 3, fill: look.area,
    "fill-opacity": look.opacity || 0.35, stroke: look.stroke, "stroke-width": 1.2 }));
  else if (look.dot) picture.append(svg("circle", { cx: 14, cy: 10, r: 5, fill: look.dot, stroke: look.stroke }));
  else {
    const inner = symbolPicture(look, look.small ? 12 : 22);
    inner.setAttribute("x", look.small ? 8 : 3);
    inner.setAttribute("y", look.small ? 4 : -1);
    picture.append(inner);
  }
  return picture;
}

function legendRow(page, entry) {
  const box = h("input", { type: "checkbox", class: "leaflet-control-layers-selector", id: `layer-${page.id}-${entry.id}`,
    onchange: () => {
      setShown(page, entry, box.checked);
      box.closest("li").className = box.checked ? "on" : "off";
      if (page.names) page.names.redraw();
      writePermalink(page);
    } });
  box.checked = entry.on;
  return h("li", { class: entry.on ? "on" : "off" }, h("label", { for: box.id }, box, legendPicture(entry.look), h("span", { class: "name" }, entry.label()),
    h("span", { class: "count" }, entry.count())));
}

function legendContent(page) {
  return SECTIONS.map((section) => {
    const rows = page.layers.filter((entry) => entry.section === section);
    if (!rows.length) return null;
    const heading = page.core.kind === "plan" ? h("h3", {}, t(`section_${section}`)) : null;
    return h("section", { class: rows.some((entry) => entry.on) ? "used" : "unused" }, heading, h("ul", {}, rows.map((entry) => legendRow(page, entry))));
  });
}

function makeLegend(page) {
  const control = L.control({ position: "topright" });
  control.onAdd = () => {
    page.legend = h("details", { class: "legend leaflet-control-layers leaflet-control" });
    page.legend.open = window.innerWidth >= 900;
    L.DomEvent.disableClickPropagation(page.legend);
    L.DomEvent.disableScrollPropagation(page.legend);
    return page.legend;
  };
  control.addTo(page.map);
}

function drawLegend(page) {
  replaceContent(page.legend, h("summary", {}, t("legend")), h("div", { class: "legend-body" }, basemapChoice(page), legendContent(page)));
}
