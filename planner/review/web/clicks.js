// Clicks: what lies under the pointer, and going to a thing from a list or a card.

function showPopup(page, kind, at, place) {
  const popup = L.popup(popupSize(page)).setLatLng(place).setContent(details(page, kind, at));
  popup.thing = [kind, at];
  popup.openOn(page.map);
}

// A click on the map itself: the nearest dot or candidate under the pointer, else the place.
function answerClick(page, event) {
  // A button that is gone once pressed (in a card, in the tool bar) was no click on the map.
  if (event.originalEvent && !event.originalEvent.target.isConnected) return null;
  if (page.measuring) return addCorner(page, event.latlng);
  if (page.waiting) return takePlace(page, event.latlng);
  const [x, y] = unitOf(event.latlng);
  const reach = 9 / (256 * 2 ** page.map.getZoom());
  for (const kind of ["station", "lounge", "candidate"]) {
    const shown = page.drawn.filter((layer) => layer.kind === kind && page.map.hasLayer(layer));
    const at = shown.length ? gridFor(page, kind).nearest(x, y, reach, (i) => shown.some((layer) => layer.holds.has(i))) : -1;
    if (at >= 0) return showPopup(page, kind, at, latLng(tableOf(page, kind), at));
  }
  if (page.demand && !page.demand.crowded) {
    const at = page.demand.grid.nearest(x, y, reach, (i) => page.demand.shown[page.demand.table.group[i]]);
    if (at >= 0) return showPopup(page, "demand", at, latLng(page.bulk.demand, at));
  }
  const centre = page.core.kind === "plan" ? centreAt(page, event.latlng) : -1;
  if (centre >= 0) return showPopup(page, "centre", centre, event.latlng);
  return page.core.kind === "plan" ? showPopup(page, "point", event.latlng, event.latlng) : null;
}

// The shown centre whose outline holds a place, or -1.
function centreAt(page, latlng) {
  return page.core.centres.rings.findIndex((lines, at) => page.map.hasLayer(page.markers.centre.get(at)) && insideRings(lines, latlng));
}

function takePlace(page, latlng) {
  const give = page.waiting;
  page.waiting = null;
  page.map.getContainer().classList.remove("picking");
  give(latlng);
}

function tableOf({ core, bulk }, kind) {
  return { station: core.stations, lounge: core.lounges, centre: core.centres, area: core.areas, candidate: bulk.candidates,
    demand: bulk.demand }[kind];
}

// Fly to a thing and open its card.
function go(page, kind, at) {
  const held = page.markers[kind] && page.markers[kind].get(at);
  const table = tableOf(page, kind);
  page.map.closePopup();
  page.map.setView(latLng(table, at), Math.max(page.map.getZoom(), kind === "area" ? 13 : 15), { animate: false });
  const entry = page.layers.find((each) => held && each.layer && each.layer.hasLayer && each.layer.hasLayer(held));
  if (entry && !isShown(page, entry)) setShown(page, entry, true);
  if (held && held.getPopup()) held.openPopup();
  else showPopup(page, kind, at, latLng(table, at));
}
