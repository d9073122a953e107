// Phases of building: each station wears the number of its phase; a phase that is switched off leaves its stations pale.

function buildPhases(page) {
  const { core } = page;
  (core.phases || []).forEach((name, k) => {
    const members = core.stations.phase.map((_, at) => at).filter((at) => core.stations.phase[at] === name);
    const badges = L.layerGroup(members.map((at) => phaseBadge(k, latLng(core.stations, at)))).addTo(page.map);
    addLayer(page, { id: `phase-${k + 1}`, section: "phases", label: () => phaseName(core, name), count: () => number(members.length),
      look: { shape: "circle", fill: "#3a4a55", halo: null, sign: String(k + 1), on: "#ffffff" },
      toggle: (on) => {
        if (on) badges.addTo(page.map);
        else badges.remove();
        members.forEach((at) => paleStation(page, at, !on));
      } });
  });
}

function phaseName(core, name) {
  return t("phase_of", { number: core.phases.indexOf(name) + 1, name });
}

function phaseBadge(k, place) {
  const picture = symbolPicture({ shape: "circle", fill: "#3a4a55", halo: "#ffffff", sign: String(k + 1), on: "#ffffff" }, 18);
  return L.marker(place, { pane: "planner-stations", interactive: false, keyboard: false, zIndexOffset: 800,
    icon: L.divIcon({ html: picture, className: "symbol phase", iconSize: [18, 18], iconAnchor: [-3, -2] }) });
}

function paleStation(page, at, pale) {
  const held = page.markers.station.get(at);
  const element = held && held.getElement();
  if (element) element.classList.toggle("pale", pale);
}
