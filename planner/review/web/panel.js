// The panel beside the map: title, summary, lists, imprint.

const KINDS = ["station", "lounge", "candidate", "area", "demand"];

function drawPanel(page) {
  const { core } = page;
  document.documentElement.lang = words.language === "zh" ? "zh-CN" : "en";
  document.title = headline(core);
  const tabs = { overview: overview, list, ...(core.kind === "plan" ? { whatif: whatIfTab, marks: marksTab } : {}), ...(page.slider ? { compare: compareTab } : {}) };
  replaceContent(page.panel,
    h("header", { class: "panel-head" },
      h("div", { class: "row" },
        h("p", { class: "kicker" }, core.kind === "plan" ? t("kicker") : t("points_kicker")),
        languageSwitch(page)),
      h("h1", {}, headline(core)),
      core.kind === "plan" ? h("p", { class: "not-decided" }, t("not_decided")) : null,
      searchBox(page)),
    h("nav", { class: "tabs", role: "tablist", "aria-label": t("views") }, Object.keys(tabs).map((tab) => button(t(`tab_${tab}`), () => {
      page.tab = tab;
      drawPanel(page);
    }, { role: "tab", "aria-selected": String(page.tab === tab), class: page.tab === tab ? "tab on" : "tab" }))),
    h("div", { class: "panel-body", role: "tabpanel", tabindex: 0 }, tabs[page.tab](page)));
}

function headline(core) {
  return (words.language === "zh" ? core.title.zh : core.title.en) || core.title.zh;
}

function languageSwitch(page) {
  const next = words.language === "zh" ? "en" : "zh";
  return button(next === "zh" ? "中文" : "English", () => {
    words.language = next;
    page.map.closePopup();
    redrawTexts(page);
  }, { class: "language", lang: next === "zh" ? "zh-CN" : "en" });
}

function overview(page) {
  const { core } = page;
  if (core.kind !== "plan") return pointsOverview(core);
  const total = core.groups.reduce((sum, group) => sum + group.people, 0);
  return [
    notice(core),
    h("div", { class: "figures" },
      figure(number(core.stations.id.length), t("stations")),
      figure(total ? percent(coveredPeople(page) / total) : t("missing"), t("people_covered")),
      core.lounges.id.length ? figure(`${number(linkedCount(page))} / ${number(core.lounges.id.length)}`, t("lounges_linked")) : null),
    h("section", {}, h("h2", {}, t("coverage_by_group")), core.groups.map((group, g) => groupBar(group, coveredOf(page, g)))),
    h("section", {}, h("h2", {}, t("stations_by_type")), h("ul", { class: "plain" }, core.types.map((type, k) => h("li", {},
      symbolPicture(stationLook(type), 24), h("span", { class: "name" }, named(type)),
      h("span", { class: "count" }, number(core.stations.type.filter((each) => each === k).length)))))),
    h("section", {}, h("h2", {}, t("how_good")), solverFacts(core)),
    imprint(core),
  ];
}

function notice(core) {
  return core.notices.map((each) => (words.language === "zh" ? each.zh : each.en || each.zh)).filter(Boolean)
    .map((text) => h("p", { class: "notice", role: "note" }, text));
}

function figure(value, label) {
  return h("div", { class: "figure" }, h("strong", {}, value), h("span", {}, label));
}

function groupBar(group, covered) {
  const share = group.people ? covered / group.people : 0;
  const bar = svg("svg", { class: "bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { width: 100, height: 6, rx: 0, fill: "#e7e4dc" }),
    svg("rect", { width: share * 100, height: 6, fill: group.colour }));
  const within = group.standards.map((step) => minutes(step.within)).join(" / ");
  return h("div", { class: "group" },
    h("div", { class: "row" }, h("span", {}, named(group)), h("strong", {}, percent(share))), bar,
    h("p", { class: "small" }, t("of_people", { covered: number(covered, 1), people: number(group.people, 1), within })));
}

function solverFacts(core) {
  const { solution } = core;
  return facts([
    [t("status"), t(`solution_${solution.status}`)],
    [t("objective"), number(solution.objective, 2)],
    [t("bound"), number(solution.bound, 2)],
    [t("gap"), solution.gap === null ? t("missing") : percent(solution.gap, 3)],
    [t("seconds"), `${number(solution.seconds, 1)} s`],
  ]);
}

function pointsOverview(core) {
  return [notice(core),
    h("div", { class: "figures" }, figure(number(core.count), t("points")),
      core.weight_name ? figure(number(core.groups.reduce((sum, group) => sum + group.people, 0), 2), core.weight_name) : null),
    imprint(core)];
}

function imprint(core) {
  return h("footer", { class: "imprint" },
    core.made ? h("p", {}, `${t("made")} ${core.made}`) : null,
    core.sources.length ? h("ul", {}, core.sources.map((source) => h("li", {},
      [kindName("role", source.role), source.file, source.date, source.licence].filter(Boolean).join(" · ")))) : null,
    h("p", {}, t("coordinates")), h("p", {}, t(core.basemaps.length ? "software_tiles" : "software")));
}

function listTable(page, kind) {
  const { core, bulk } = page;
  const table = { station: core.stations, lounge: core.lounges, area: core.areas, candidate: bulk.candidates,
    demand: core.kind === "points" ? bulk.demand : null }[kind];
  return table && table.id.length ? table : null;
}

// The list of one kind: those in view first on top, sorted by name or by the number shown.
function list(page) {
  const kinds = KINDS.filter((each) => listTable(page, each));
  const kind = kinds.includes(page.listed) ? page.listed : kinds[0];
  const table = listTable(page, kind);
  if (!table) return [h("p", {}, t("loading"))];
  const bounds = page.map.getBounds();
  const rows = table.id.map((_, at) => at).filter((at) => !page.inView || bounds.contains(latLng(table, at)));
  const value = LIST_VALUES[kind];
  rows.sort((a, b) => (page.sort === "value" ? (value(page, b) || 0) - (value(page, a) || 0) : 0)
    || title(table, a).localeCompare(title(table, b), "zh"));
  const inView = h("input", { type: "checkbox", id: `in-view-${page.id}`, onchange: () => {
    page.inView = inView.checked;
    drawPanel(page);
  } });
  inView.checked = page.inView;
  return [
    h("div", { class: "kinds", role: "group" }, kinds.map((each) => button(t(`list_${each}`), () => {
      page.listed = each;
      drawPanel(page);
    }, { class: each === kind ? "kind on" : "kind", "aria-pressed": String(each === kind) }))),
    h("div", { class: "row list-tools" }, h("label", {}, inView, ` ${t("in_view")}`),
      button(t(page.sort === "value" ? "sort_name" : `sort_${kind}`), () => {
        page.sort = page.sort === "value" ? "name" : "value";
        drawPanel(page);
      }, { class: "quiet" })),
    h("p", { class: "small" }, t("listed", { count: number(rows.length), all: number(table.id.length) })),
    h("ul", { class: "list" }, rows.slice(0, 400).map((at) => h("li", {}, button([
      listPicture(page, kind, at), h("span", { class: "name" }, title(table, at)),
      h("span", { class: "count" }, LIST_TEXTS[kind](page, at))], () => go(page, kind, at), { class: "item" })))),
  ];
}

const LIST_VALUES = {
  station: (page, at) => page.core.stations.people_alone[at],
  lounge: (page, at) => page.core.lounges.impedance[at],
  candidate: (page, at) => page.bulk.candidates.floor_area[at],
  area: (page, at) => page.core.areas.people[at],
  demand: (page, at) => page.bulk.demand.weight[at],
};

const LIST_TEXTS = {
  station: (page, at) => (page.now && !page.now.choice.has(page.core.stations.site[at]) ? t("closed") : people(page.core.stations.people_alone[at])),
  lounge: (page, at) => (page.core.lounges.station[at] < 0 ? t("not_linked") : minutes(page.core.lounges.impedance[at])),
  candidate: (page, at) => (page.bulk.candidates.station[at] >= 0 ? t("chosen") : t(`status_${page.bulk.candidates.status[at]}`)),
  area: (page, at) => (page.core.areas.people[at] ? percent(areaCovered(page, at) / page.core.areas.people[at]) : t("missing")),
  demand: (page, at) => number(page.bulk.demand.weight[at], 2),
};

function listPicture(page, kind, at) {
  const { core } = page;
  if (kind === "station") return symbolPicture(stationLook(core.types[core.stations.type[at]]), 22);
  return kind === "lounge" ? symbolPicture(loungeLook(core.lounges.kind[at]), 20) : null;
}
