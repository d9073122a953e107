// Another plan beside this one: what was kept, moved, added and dropped, a slider between the two, and the decisions.

const CHANGE_LOOKS = {
  kept: { ring: "#55606b", sign: "=" },
  retyped: { ring: "#6b4a00", sign: "↻" },
  moved: { ring: "#12395b", sign: "→" },
  added: { ring: "#1b7a43", sign: "+" },
  dropped: { ring: "#9d1c2f", sign: "−" },
};

function buildCompared(page) {
  const { core } = page;
  if (core.other) {
    for (const change of Object.keys(CHANGE_LOOKS)) addChangeLayer(page, change);
    buildSlider(page);
  }
  if (core.decisions && core.decisions.site.length) addDecisionLayer(page);
}

function addChangeLayer(page, change) {
  const { core } = page;
  const { other } = core;
  const table = change === "dropped" ? other : core.stations;
  const words = change === "dropped" ? other.change : other.since;
  const members = words.map((_, at) => at).filter((at) => words[at] === change);
  if (!members.length) return;
  const group = L.layerGroup();
  members.forEach((at) => {
    if (change === "dropped") ghost(page, at).addTo(group);
    changeBadge(change, latLng(table, at)).addTo(group);
  });
  if (change === "moved") other.moved_to.forEach((to, at) => {
    if (to < 0) return;
    ghost(page, at).addTo(group);
    L.polyline([latLng(other, at), latLng(core.stations, to)], { pane: "planner-links", color: CHANGE_LOOKS.moved.ring, weight: 2.5,
      interactive: false }).addTo(group);
  });
  addLayer(page, { id: `change-${change}`, section: "compare", on: change !== "kept", label: () => t(`change_${change}`), count: () => number(members.length),
    look: { shape: "circle", fill: CHANGE_LOOKS[change].ring, halo: null, sign: CHANGE_LOOKS[change].sign, on: "#ffffff" }, layer: group });
}

// A station of the other plan, pale.
function ghost(page, at) {
  const { other, types } = page.core;
  const look = { ...stationLook(types[other.type[at]] || types[0]), fill: "#ffffff", stroke: "#55606b", strokeWidth: 0.3, dash: "0.5 0.3" };
  return L.marker(latLng(other, at), { icon: symbolIcon(look, 28, "ghost"), pane: "planner-stations", keyboard: false })
    .bindTooltip(() => document.createTextNode(`${title(other, at)} (${t("other_plan")})`));
}

function changeBadge(change, place) {
  const { ring, sign } = CHANGE_LOOKS[change];
  const picture = symbolPicture({ shape: "circle", fill: ring, halo: "#ffffff", sign, on: "#ffffff" }, 22);
  return L.marker(place, { pane: "planner-stations", interactive: false, keyboard: false, zIndexOffset: 900,
    icon: L.divIcon({ html: picture, className: "symbol", iconSize: [22, 22], iconAnchor: [24, 24] }) });
}

// The slider: this plan to the left of it, the other one to the right.
function buildSlider(page) {
  const { core } = page;
  const { other, lounges, types } = core;
  const group = L.layerGroup();
  types.forEach((type, k) => {
    const paths = other.links.map((station, at) => (station >= 0 && other.type[station] === k ? [latLng(other, station), latLng(lounges, at)] : null));
    L.polyline(paths.filter(Boolean), { pane: "planner-other", color: type.colour, weight: 2.2, dashArray: "1 5", lineCap: "round",
      interactive: false }).addTo(group);
  });
  other.id.forEach((_, at) => L.marker(latLng(other, at), { icon: symbolIcon(stationLook(types[other.type[at]] || types[0]), STATION_SIZE, "station-other"),
    pane: "planner-other", keyboard: false }).bindTooltip(() => document.createTextNode(title(other, at))).addTo(group));
  page.slider = { group, on: false, share: 0.5 };
  page.map.on("move zoom resize", () => clipPlans(page));
}

function toggleSlider(page) {
  const { slider } = page;
  slider.on = !slider.on;
  if (slider.on) slider.group.addTo(page.map);
  else slider.group.remove();
  for (const part of [slider.input, slider.line]) if (part) part.remove();
  if (slider.on) {
    slider.input = h("input", { type: "range", min: 0, max: 100, value: 100 * slider.share, class: "slider", "aria-label": t("slider") });
    slider.input.addEventListener("input", () => {
      slider.share = Number(slider.input.value) / 100;
      clipPlans(page);
    });
    L.DomEvent.disableClickPropagation(slider.input);
    slider.line = h("div", { class: "divider" });
    page.map.getContainer().append(slider.line, slider.input);
  }
  clipPlans(page);
  drawPanel(page);
}

function clipPlans(page) {
  const { map, slider } = page;
  const clip = (name, left, right) => {
    const corner = map.containerPointToLayerPoint([0, 0]);
    const size = map.getSize();
    const rect = [corner.y, corner.x + right * size.x, corner.y + size.y, corner.x + left * size.x].map((each) => `${each}px`);
    map.getPane(name).style.clip = slider.on ? `rect(${rect.join(" ")})` : "";
  };
  if (slider.line) slider.line.style.left = `${100 * slider.share}%`;
  for (const name of ["planner-stations", "planner-links"]) clip(name, 0, slider.share);
  clip("planner-other", slider.share, 1);
}

function addDecisionLayer(page) {
  const { decisions } = page.core;
  const group = L.layerGroup();
  decisions.site.forEach((_, at) => {
    const verdict = decisions.verdict[at];
    const text = () => [decisions.name[at] || decisions.site[at], t(`verdict_${verdict}`), decisions.by[at], decisions.date[at], decisions.reason[at]];
    const badge = h("span", { class: `badge ${verdict}` }, VERDICT_SIGNS[verdict]);
    L.marker(latLng(decisions, at), { pane: "planner-stations", keyboard: false, zIndexOffset: 950,
      icon: L.divIcon({ html: badge, className: "symbol decision", iconSize: [18, 18], iconAnchor: [-4, 24] }) })
      .bindTooltip(() => document.createTextNode(text().filter(Boolean).join(" · "))).addTo(group);
    if (decisions.to[at]) L.polyline([latLng(decisions, at), pathLatLngs(decisions.to[at])[0]], { pane: "planner-links", color: "#12395b",
      weight: 2.5, dashArray: "6 4", interactive: false }).addTo(group);
  });
  addLayer(page, { id: "decisions", section: "compare", label: () => t("decisions"), count: () => number(decisions.site.length),
    look: { shape: "circle", fill: "#1b7a43", halo: null, sign: "✓", on: "#ffffff" }, layer: group });
}

function compareTab(page) {
  const { core } = page;
  const { other } = core;
  const covered = core.groups.map((group) => group.covered);
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const people = sum(core.groups.map((group) => group.people));
  const linked = core.lounges.station.filter((station) => station >= 0).length;
  return [
    h("p", { class: "small" }, t("compare_help", { other: other.plan })),
    other.nowhere ? h("p", { class: "notice" }, t("compare_nowhere", { count: other.nowhere })) : null,
    h("table", { class: "compare" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, ""), h("th", { scope: "col" }, t("other_plan")), h("th", { scope: "col" }, t("this_plan")),
        h("th", { scope: "col" }, "±"))),
      h("tbody", {},
        compareRow(t("stations_row"), other.stations, core.stations.id.length, 0),
        compareRow(t("people_covered_row"), sum(other.covered), sum(covered)),
        compareRow(t("share_row"), other.people ? (100 * sum(other.covered)) / other.people : 0, people ? (100 * sum(covered)) / people : 0, 2, " %"),
        core.groups.map((group, g) => compareRow(named(group), other.covered[g], covered[g])),
        compareRow(t("lounges_linked"), other.linked, linked, 0))),
    h("div", { class: "buttons" }, button(t(page.slider.on ? "slider_off" : "slider_on"), () => toggleSlider(page), { "aria-pressed": String(page.slider.on) })),
    Object.keys(CHANGE_LOOKS).filter((change) => change !== "kept").map((change) => changeList(page, change)),
  ];
}

function changeList(page, change) {
  const { stations, other } = page.core;
  const [table, words] = change === "dropped" ? [other, other.change] : [stations, other.since];
  const members = words.map((_, at) => at).filter((at) => words[at] === change);
  if (!members.length) return null;
  const row = (at) => (change === "dropped" ? h("span", { class: "name" }, title(table, at)) : link(page, "station", at));
  return h("section", {}, h("h2", {}, `${t(`change_${change}`)} (${members.length})`), h("ul", { class: "compact" }, members.map((at) => h("li", {}, row(at)))));
}
