// Marks of the review: approved, rejected, moved, deferred; kept in this browser, given out and taken in as a file.

const VERDICTS = ["approved", "rejected", "moved", "deferred"];
const VERDICT_SIGNS = { approved: "✓", rejected: "✕", moved: "→", deferred: "…" };
const MARKS_FORMAT = "planner-marks/1";

function loadMarks(page) {
  page.marks = new Map();
  page.marksKept = true;
  try {
    const kept = localStorage.getItem(marksKey(page));
    if (kept) takeMarks(page, JSON.parse(kept));
    page.reviewer = localStorage.getItem("planner-reviewer") || "";
  } catch (error) {
    page.marksKept = false;
    page.reviewer = "";
  }
}

function marksKey(page) {
  return `planner-marks/${page.core.plan}`;
}

function keepMarks(page) {
  try {
    localStorage.setItem(marksKey(page), JSON.stringify(marksFile(page)));
    localStorage.setItem("planner-reviewer", page.reviewer);
    page.marksKept = true;
  } catch (error) {
    page.marksKept = false;
  }
  redrawTexts(page);
}

function marksFile(page) {
  return { format: MARKS_FORMAT, plan: page.core.plan, marks: Array.from(page.marks.values()) };
}

// Marks from a file or from the browser's store; only well-formed ones of known sites are taken.
function takeMarks(page, file) {
  if (!file || file.format !== MARKS_FORMAT || !Array.isArray(file.marks)) throw new Error(t("marks_unreadable"));
  const known = new Set(page.markable.keys());
  const taken = file.marks.filter((mark) => mark && known.has(mark.site) && VERDICTS.includes(mark.verdict));
  for (const mark of taken) page.marks.set(mark.site, { site: mark.site, verdict: mark.verdict,
    place: isPlace(mark.place) ? mark.place : null, reason: String(mark.reason || ""), by: String(mark.by || ""),
    date: String(mark.date || "") });
  return [taken.length, file.marks.length - taken.length];
}

function isPlace(place) {
  return Array.isArray(place) && place.length === 2 && place.every((each) => Number.isFinite(each));
}

function today() {
  const now = new Date();
  const two = (value) => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function setMark(page, site, verdict, reason, place) {
  page.marks.set(site, { site, verdict, place: place || null, reason, by: page.reviewer, date: today() });
  keepMarks(page);
}

// The form in a station's or candidate's card.
function markForm(page, kind, at) {
  const table = kind === "station" ? page.core.stations : page.bulk.candidates;
  const site = table.id[at];
  const mark = page.marks.get(site);
  const by = h("input", { type: "text", "aria-label": t("reviewer"), placeholder: t("reviewer"), maxlength: 80 });
  const reason = h("textarea", { rows: 2, "aria-label": t("reason"), placeholder: t("reason"), maxlength: 2000 });
  by.value = page.reviewer;
  reason.value = mark ? mark.reason : "";
  const give = (verdict) => {
    page.reviewer = by.value.trim();
    if (verdict === "moved") return waitForPlace(page, site, reason.value.trim());
    setMark(page, site, verdict, reason.value.trim(), null);
    return page.map.closePopup();
  };
  const verdicts = VERDICTS.map((verdict) => button(t(`verdict_${verdict}`), () => give(verdict),
    { class: mark && mark.verdict === verdict ? "verdict on" : "verdict", "data-verdict": verdict,
      "aria-pressed": String(Boolean(mark && mark.verdict === verdict)) }));
  return h("details", { class: "mark", open: Boolean(mark) }, h("summary", {}, t("mark_it")), by, reason,
    h("div", { class: "buttons" }, verdicts));
}

// "Moved" asks for the new place: the next click on the map is it.
function waitForPlace(page, site, reason) {
  page.map.closePopup();
  page.waiting = (latlng) => setMark(page, site, "moved", reason, [round6(latlng.lng), round6(latlng.lat)]);
  page.map.getContainer().classList.add("picking");
  say(page, t("click_new_place"));
}

function round6(value) {
  return Math.round(value * 1e6) / 1e6;
}

function drawMarks(page) {
  page.badges.clearLayers();
  page.marks.forEach((mark) => {
    const [kind, at] = page.markable.get(mark.site);
    const from = latLng(kind === "station" ? page.core.stations : page.bulk.candidates, at);
    const badge = h("span", { class: `badge ${mark.verdict}`, title: t(`verdict_${mark.verdict}`) }, VERDICT_SIGNS[mark.verdict]);
    L.marker(from, { pane: "planner-stations", interactive: false, keyboard: false, zIndexOffset: 1000,
      icon: L.divIcon({ className: "badge-icon", html: badge, iconSize: [18, 18], iconAnchor: [-4, 22] }) }).addTo(page.badges);
    if (!mark.place) return;
    const to = L.latLng(mark.place[1], mark.place[0]);
    L.polyline([from, to], { pane: "planner-links", color: "#12395b", weight: 2, dashArray: "6 5", interactive: false }).addTo(page.badges);
    L.circleMarker(to, { pane: "planner-links", color: "#12395b", weight: 2, radius: 6, fillColor: "#fff", fillOpacity: 1,
      interactive: false }).addTo(page.badges);
  });
}

function marksTab(page) {
  const file = h("input", { type: "file", accept: ".json,application/json", class: "hidden-file", id: `marks-file-${page.id}`,
    onchange: () => readMarksFile(page, file.files[0]) });
  return [
    h("p", { class: "small" }, t("marks_help")),
    page.marksKept ? null : h("p", { class: "notice" }, t("marks_not_kept")),
    h("p", { class: "small" }, t("marks_count", { count: page.marks.size })),
    h("ul", { class: "list" }, Array.from(page.marks.values(), (mark) => markItem(page, mark))),
    h("div", { class: "buttons" },
      page.marks.size ? button(t("export_marks"), () => saveText(`marks-${page.core.plan}.json`, JSON.stringify(marksFile(page), null, 1))) : null,
      h("label", { class: "as-button", for: file.id }, t("import_marks")), file),
  ];
}

function markItem(page, mark) {
  const [kind, at] = page.markable.get(mark.site);
  const table = kind === "station" ? page.core.stations : page.bulk.candidates;
  return h("li", { class: "mark-item" },
    h("div", { class: "row" }, h("span", { class: `badge ${mark.verdict}` }, VERDICT_SIGNS[mark.verdict]),
      button(title(table, at), () => go(page, kind, at), { class: "link name" }),
      button(t("remove"), () => {
        page.marks.delete(mark.site);
        keepMarks(page);
      }, { class: "quiet" })),
    h("p", { class: "small" }, [t(`verdict_${mark.verdict}`), mark.by, mark.date].filter(Boolean).join(" · ")),
    mark.reason ? h("p", { class: "small" }, mark.reason) : null,
    mark.place ? h("p", { class: "small" }, `${t("new_place")} ${mark.place[0]}, ${mark.place[1]}`) : null);
}

async function readMarksFile(page, file) {
  try {
    const [taken, left] = takeMarks(page, JSON.parse(await file.text()));
    say(page, t("marks_taken", { taken, left }));
  } catch (error) {
    say(page, t("marks_unreadable"));
  }
  keepMarks(page);
}

// What a what-if closes is rejected, what it opens is approved.
function choiceToMarks(page) {
  const { id } = page.bulk.candidates;
  const { closed, opened } = changes(page);
  const mark = (verdict) => (site) => page.marks.set(id[site], { site: id[site], verdict, place: null, reason: t("from_whatif"),
    by: page.reviewer, date: today() });
  closed.forEach(mark("rejected"));
  opened.forEach(mark("approved"));
  page.tab = "marks";
  keepMarks(page);
}
