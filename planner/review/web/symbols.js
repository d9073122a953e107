// Shapes of stations and lounges, as SVG paths around (0, 0) with radius 1; page and canvas draw the same paths.

const SHAPES = {
  circle: "M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z",
  diamond: "M0-1.2 1.2 0 0 1.2-1.2 0Z",
  square: "M-.92-.92H.92V.92H-.92Z",
  triangle: "M0-1.15 1.12.85H-1.12Z",
  pentagon: "M0-1.1 1.05-.34.65.9H-.65L-1.05-.34Z",
  hexagon: "M0-1.1 .95-.55V.55L0 1.1-.95.55V-.55Z",
  star: "M0-1.2.3-.4 1.15-.37.48.15.7 1 0 .5-.7 1-.48.15-1.15-.37-.3-.4Z",
  house: "M0-1.1 1-.2V.9H-1V-.2Z",
  tower: "M-.65-1.1H.65V.95H-.65Z",
  cross: "M-.3-1H.3V-.3H1V.3H.3V1H-.3V.3H-1V-.3H-.3Z",
  drop: "M0-1.1 .8.1A.85.85 0 1 1-.8.1Z",
};

function shape(kind) {
  return own(SHAPES, kind, "circle");
}

const paths = new Map();

function pathOf(kind) {
  if (!paths.has(kind)) paths.set(kind, new Path2D(shape(kind)));
  return paths.get(kind);
}

const pictures = new Map(); // one picture per look and size, copied for each use

function symbolPicture(look, size) {
  const key = JSON.stringify([look, size]);
  if (!pictures.has(key)) pictures.set(key, drawnSymbol(look, size));
  return pictures.get(key).cloneNode(true);
}

// A symbol as an SVG picture of `size` pixels: fill, white halo, and an optional sign in the middle.
function drawnSymbol(look, size) {
  const picture = svg("svg", { viewBox: "-1.6 -1.6 3.2 3.2", width: size, height: size, "aria-hidden": "true" });
  const halo = look.halo === undefined ? "#ffffff" : look.halo;
  if (halo) picture.append(svg("path", { d: shape(look.shape), fill: halo, stroke: halo, "stroke-width": 0.62,
    "stroke-linejoin": "round" }));
  picture.append(svg("path", { d: shape(look.shape), fill: look.fill, stroke: look.stroke || "none",
    "stroke-width": look.strokeWidth || 0, "stroke-linejoin": "round", "stroke-dasharray": look.dash || "none" }));
  if (look.sign) {
    const sign = svg("text", { y: 0.36, "text-anchor": "middle", "font-size": 1, "font-weight": 700, fill: look.on });
    sign.append(look.sign);
    picture.append(sign);
  }
  return picture;
}

const LOUNGE_LOOKS = {
  community: { shape: "house", fill: "#ffffff", stroke: "#3a4a55", strokeWidth: 0.34 },
  business_district: { shape: "triangle", fill: "#ffffff", stroke: "#3a4a55", strokeWidth: 0.34 },
  building: { shape: "tower", fill: "#ffffff", stroke: "#3a4a55", strokeWidth: 0.34 },
};

function loungeLook(kind) {
  return own(LOUNGE_LOOKS, kind, "community");
}

function stationLook(type) {
  return { shape: type.shape, fill: type.colour, stroke: "#ffffff", strokeWidth: 0.1, on: type.on };
}

function symbolIcon(look, size, className) {
  return L.divIcon({
    html: symbolPicture(look, size),
    className: `symbol ${className}`,
    iconSize: [size, size],
    popupAnchor: [0, -size / 3],
    tooltipAnchor: [size / 3, 0],
  });
}
