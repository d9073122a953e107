// Words in the chosen language, numbers with units.

const words = { all: {}, language: "zh" };

function t(key, values) {
  const text = (words.all[words.language] || {})[key] || key;
  return values ? text.replace(/\{(\w+)\}/g, (_, name) => String(values[name])) : text;
}

// The word for a kind, where the page has one; a kind of the data's own is its own word.
function kindName(prefix, kind, usual) {
  const key = `${prefix}_${kind || usual}`;
  return own(words.all[words.language], key) || kind;
}

// What a table of ours holds under a key that may be a text of the data, "constructor" for one.
function own(table, key, usual) {
  return Object.prototype.hasOwnProperty.call(table, key) ? table[key] : table[usual];
}

function named(item) {
  return words.language === "zh" ? item.name : item.name_en || item.name;
}

// Thousands set apart, at most so many digits behind the point. (Intl.NumberFormat takes as long to make as the whole panel.)
function number(value, digits = 0) {
  if (!Number.isFinite(value)) return t("missing");
  if (Math.abs(value) >= 1e21) return String(value);
  const [whole, part] = value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").split(".");
  const rest = part ? part.replace(/0+$/, "") : "";
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest && `.${rest}`);
}

function percent(value, digits = 1) {
  return value === null || value === undefined ? t("missing") : `${number(value * 100, digits)} %`;
}

function people(value) {
  return `${number(value, 1)} ${t("people")}`;
}

function minutes(seconds) {
  return seconds === null || seconds === undefined ? t("missing") : `${number(seconds / 60, 1)} ${t("min")}`;
}

function metres(value) {
  if (value === null || value === undefined) return t("missing");
  return value < 1000 ? `${number(value)} ${t("m")}` : `${number(value / 1000, 2)} ${t("km")}`;
}

function degrees(point) {
  return `${point.lng.toFixed(6)}, ${point.lat.toFixed(6)}`;
}

// A change, with its sign: +12.5, −3, ±0.
function signed(value, digits = 1) {
  const text = number(Math.abs(value), digits);
  return `${text === "0" ? "±" : value > 0 ? "+" : "−"}${text}`;
}
