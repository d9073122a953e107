// What the last card is about, drawn on the map until the next one: the ways of the people a station serves, the way of a link, of a place.

function listenForCards(page) {
  page.focus = L.layerGroup().addTo(page.map);
  page.map.on("popupopen", ({ popup }) => {
    page.focus.clearLayers();
    if (popup.thing) drawFocus(page, ...popup.thing);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") page.map.closePopup();
  });
}

function drawFocus(page, kind, at) {
  if (page.core.kind !== "plan" || !page.bulk.demand) return;
  const { core } = page;
  if (kind === "station") {
    const colour = core.types[core.stations.type[at]].colour;
    drawWays(page, servedBy(page, at).rows.map((row) => wayOf(page, row)), colour, 1.4);
    drawWays(page, core.lounges.station.map((station, k) => (station === at ? linkWay(page, k) : null)).filter(Boolean), colour, 3);
  } else if (kind === "lounge" && core.lounges.station[at] >= 0) {
    drawWays(page, [linkWay(page, at)], core.types[core.stations.type[core.lounges.station[at]]].colour, 5);
  } else if (kind === "demand" && page.bulk.demand.station[at] >= 0) {
    drawWays(page, [wayOf(page, at)], core.groups[page.bulk.demand.group[at]].colour, 4);
  } else if (kind === "point") {
    core.groups.forEach((group, g) => {
      const { row } = nearestDemand(page, at, g);
      if (row >= 0 && page.bulk.demand.station[row] >= 0) drawWays(page, [[[at.lat, at.lng], ...wayOf(page, row)]], group.colour, 4);
    });
  } else if (kind === "area") {
    L.polygon(core.areas.rings[at].map(pathLatLngs), { pane: "planner-areas", color: "#12395b", weight: 3, fillColor: "#12395b",
      fillOpacity: 0.06, interactive: false }).addTo(page.focus);
  }
}

function drawWays(page, ways, color, weight) {
  const style = { pane: "planner-links", interactive: false, lineJoin: "round" };
  if (weight > 2) L.polyline(ways, { ...style, color: "#ffffff", weight: weight + 3, opacity: 0.85 }).addTo(page.focus);
  L.polyline(ways, { ...style, color, weight, opacity: weight > 2 ? 1 : 0.55 }).addTo(page.focus);
}

// The way from a demand point to its station along the streets, where the page carries it; else the straight line.
function wayOf(page, row) {
  const { demand, ways } = page.bulk;
  const path = ways && ways[row] && ways[row].length ? pathLatLngs(ways[row]) : null;
  return path || [latLng(demand, row), latLng(page.core.stations, demand.station[row])].map(({ lat, lng }) => [lat, lng]);
}

function linkWay(page, lounge) {
  const { lounges, stations } = page.core;
  const path = page.bulk.links && page.bulk.links[lounge].length ? pathLatLngs(page.bulk.links[lounge]) : null;
  return path || [latLng(stations, lounges.station[lounge]), latLng(lounges, lounge)].map(({ lat, lng }) => [lat, lng]);
}
