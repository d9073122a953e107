// Elements made from text nodes only: no string from data ever becomes HTML.

const SVG_SPACE = "http://www.w3.org/2000/svg";

// h("button", {class: "x", onclick: f, "aria-label": "y"}, "text", child, ...)
function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG_SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// A table of two columns for popups and cards; rows without a value are left out.
function facts(rows) {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, shown.map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)]));
}

function button(label, onclick, properties) {
  return h("button", { type: "button", onclick, ...properties }, label);
}

function replaceContent(element, ...children) {
  while (element.firstChild) element.firstChild.remove();
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
}
