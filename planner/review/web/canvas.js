// A Leaflet layer that paints on one canvas in its pane: redrawn when the map rests, moved and scaled meanwhile.

const MARGIN = 0.3; // painted beyond each edge, as a share of the view, so that dragging shows no bare edge; see display.margin

const CANVAS_CLASS = "leaflet-zoom-animated planner-canvas";

// Plain transforms inside one pane that moves as a whole: a layer of the graphics card for each marker and canvas would
// delay the first view by a third. (Leaflet has the switch for a browser of old.)
L.Browser.ie3d = true;

const CanvasLayer = L.Layer.extend({
  // from: the zoom at which the layer appears.
  initialize(paint, pane, from = 0) {
    this.paint = paint;
    this.from = from;
    L.setOptions(this, { pane });
  },

  onAdd() {
    this.canvas = L.DomUtil.create("canvas", CANVAS_CLASS, this.getPane());
    this.reset();
  },

  onRemove() {
    this.canvas.remove();
  },

  getEvents() {
    return { moveend: this.reset, resize: this.reset, zoomanim: this.animate, zoom: this.follow };
  },

  redraw() {
    if (this._map) this.reset();
  },

  // The pane does not move with a flying or pinching map by itself: scale what is painted.
  animate(event) {
    if (!this.corner) return;
    const scale = this._map.getZoomScale(event.zoom, this.zoom);
    L.DomUtil.setTransform(this.canvas, this._map._latLngToNewLayerPoint(this.corner, event.zoom, event.center), scale);
  },

  follow() {
    if (!this.corner) return;
    const scale = this._map.getZoomScale(this._map.getZoom(), this.zoom);
    L.DomUtil.setTransform(this.canvas, this._map.latLngToLayerPoint(this.corner), scale);
  },

  // Chromium prints a canvas painted just before as strokes that wipe the layers below it; a bitmap it prints as it is.
  forPaper(printing) {
    return printing && typeof OffscreenCanvas === "function" ? new OffscreenCanvas(this.canvas.width, this.canvas.height) : null;
  },

  renew(printing) {
    this.canvas.remove();
    this.canvas = L.DomUtil.create("canvas", CANVAS_CLASS, this.getPane());
    this.printing = printing;
  },

  reset() {
    const map = this._map;
    this.canvas.style.display = map.getZoom() < this.from ? "none" : "";
    if (map.getZoom() < this.from) return;
    const size = map.getSize();
    const printing = document.body.classList.contains("printing");
    if (printing !== Boolean(this.printing)) this.renew(printing);
    const corner = map.containerPointToLayerPoint(size.multiplyBy(-display.margin)).round();
    const width = Math.round(size.x * (1 + 2 * display.margin));
    const height = Math.round(size.y * (1 + 2 * display.margin));
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.zoom = map.getZoom();
    this.corner = map.layerPointToLatLng(corner);
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    L.DomUtil.setTransform(this.canvas, corner, 1);
    const picture = this.forPaper(printing);
    const context = (picture || this.canvas).getContext("2d");
    context.scale(ratio, ratio);
    const origin = map.getPixelOrigin().add(corner);
    const scale = 256 * 2 ** this.zoom;
    const view = { zoom: this.zoom, scale, left: origin.x, top: origin.y, width, height };
    this.paint(context, view);
    if (picture) this.canvas.getContext("bitmaprenderer").transferFromImageBitmap(picture.transferToImageBitmap());
  },
});

// The window of a view in the unit square, wider by some pixels.
function windowOf(view, pixels) {
  return [
    (view.left - pixels) / view.scale,
    (view.top - pixels) / view.scale,
    (view.left + view.width + pixels) / view.scale,
    (view.top + view.height + pixels) / view.scale,
  ];
}
