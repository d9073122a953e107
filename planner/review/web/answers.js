// What the cards say, worked out from the columns in the page: who is served, how an area fares, what is nearest.

// The people whose nearest station one is and who count as covered, as in the table of demand: by group, by area, travel.
function servedBy(page, station) {
  const { demand } = page.bulk;
  const { groups, areas } = page.core;
  const served = { people: 0, groups: groups.map(() => 0), areas: new Map(), seconds: 0, longest: 0, rows: [] };
  demand.station.forEach((at, i) => {
    if (at !== station || !(demand.covered[i] > 0)) return;
    const people = demand.weight[i];
    const area = demand.area[i] < 0 ? "" : areas.name[demand.area[i]];
    served.people += people;
    served.groups[demand.group[i]] += people;
    served.areas.set(area, (served.areas.get(area) || 0) + people);
    served.seconds += people * demand.impedance[i];
    served.longest = Math.max(served.longest, demand.impedance[i]);
    served.rows.push(i);
  });
  return served;
}

// An area: people and covered people by group, mean travel of those with a station within their standard, its rank.
function areaFigures(page, area) {
  const { demand } = page.bulk;
  const { groups, areas } = page.core;
  const shares = page.now ? page.now.shares : demand.covered;
  const figures = { groups: groups.map(() => ({ people: 0, covered: 0, reached: 0, seconds: 0 })) };
  demand.area.forEach((at, i) => {
    if (at !== area) return;
    const group = figures.groups[demand.group[i]];
    group.people += demand.weight[i];
    group.covered += demand.weight[i] * shares[i];
    if (demand.station[i] < 0) return;
    group.reached += demand.weight[i];
    group.seconds += demand.weight[i] * demand.impedance[i];
  });
  const share = (at) => areaCovered(page, at) / areas.people[at];
  const ranked = areas.id.map((_, at) => at).filter((at) => areas.people[at] > 0);
  figures.rank = areas.people[area] > 0 ? 1 + ranked.filter((at) => share(at) > share(area) + 1e-12).length : null;
  figures.ranked = ranked.length;
  return figures;
}

function areaCovered(page, at) {
  return page.now ? page.now.areas[at] : page.core.areas.covered[at];
}

// The demand point of a group that is nearest to a place in a straight line: {row, metres}; row -1 where it has none.
function nearestDemand(page, place, group) {
  const { demand } = page.bulk;
  const [x, y] = unitOf(place);
  let best = -1;
  let least = Infinity;
  demand.group.forEach((each, i) => {
    if (each !== group) return;
    const square = (page.demand.grid.xs[i] - x) ** 2 + (page.demand.grid.ys[i] - y) ** 2;
    if (square < least) [best, least] = [i, square];
  });
  return { row: best, metres: best < 0 ? null : place.distanceTo(latLng(demand, best)) };
}

function nearestIn(table, place, test) {
  let best = -1;
  let least = Infinity;
  table.x.forEach((_, at) => {
    const distance = test(at) ? place.distanceTo(latLng(table, at)) : Infinity;
    if (distance < least) [best, least] = [at, distance];
  });
  return { at: best, metres: least };
}

// The area whose outline holds a place, or -1.
function areaAt(page, latlng) {
  return page.core.areas.rings.findIndex((lines) => insideRings(lines, latlng));
}

// Even-odd rule over all rings.
function insideRings(lines, latlng) {
  const x = latlng.lng / DEGREE;
  const y = latlng.lat / DEGREE;
  return lines.reduce((inside, ring) => inside !== insideRing(ring, x, y), false);
}

function insideRing(ring, x, y) {
  let inside = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    if (ring[i + 1] > y !== ring[j + 1] > y && x < ((ring[j] - ring[i]) * (y - ring[i + 1])) / (ring[j + 1] - ring[i + 1]) + ring[i]) {
      inside = !inside;
    }
  }
  return inside;
}
