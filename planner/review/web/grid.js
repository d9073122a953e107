// A grid of buckets over points in the unit square: what lies in a window, and what lies nearest.

class Grid {
  constructor(xs, ys) {
    this.xs = xs;
    this.ys = ys;
    const count = xs.length;
    this.left = Infinity;
    this.top = Infinity;
    let right = -Infinity;
    let bottom = -Infinity;
    for (let i = 0; i < count; i += 1) {
      if (xs[i] < this.left) this.left = xs[i];
      if (xs[i] > right) right = xs[i];
      if (ys[i] < this.top) this.top = ys[i];
      if (ys[i] > bottom) bottom = ys[i];
    }
    this.side = Math.max(right - this.left, bottom - this.top, 1e-9) / Math.max(1, Math.ceil(Math.sqrt(count / 8)));
    this.columns = count ? Math.floor((right - this.left) / this.side) + 1 : 0;
    this.rows = count ? Math.floor((bottom - this.top) / this.side) + 1 : 0;
    this.fill(count);
  }

  // Counting sort by cell: items of cell c are order[start[c]] ... order[start[c + 1] - 1].
  fill(count) {
    const cells = new Uint32Array(count);
    this.start = new Uint32Array(this.columns * this.rows + 1);
    for (let i = 0; i < count; i += 1) {
      cells[i] = this.row(this.ys[i]) * this.columns + this.column(this.xs[i]);
      this.start[cells[i] + 1] += 1;
    }
    for (let c = 0; c < this.columns * this.rows; c += 1) this.start[c + 1] += this.start[c];
    const next = this.start.slice();
    this.order = new Uint32Array(count);
    for (let i = 0; i < count; i += 1) this.order[next[cells[i]]++] = i;
  }

  column(x) {
    return Math.min(this.columns - 1, Math.max(0, Math.floor((x - this.left) / this.side)));
  }

  row(y) {
    return Math.min(this.rows - 1, Math.max(0, Math.floor((y - this.top) / this.side)));
  }

  // Call visit(i) for every point in a window; the border cells are cut exactly.
  within(left, top, right, bottom, visit) {
    if (!this.columns) return;
    const last = this.column(right);
    for (let r = this.row(top); r <= this.row(bottom); r += 1) {
      for (let c = this.column(left); c <= last; c += 1) {
        const cell = r * this.columns + c;
        for (let k = this.start[cell]; k < this.start[cell + 1]; k += 1) {
          const i = this.order[k];
          const x = this.xs[i];
          const y = this.ys[i];
          if (x >= left && x <= right && y >= top && y <= bottom) visit(i);
        }
      }
    }
  }

  // The nearest point within a radius that passes the test, or -1.
  nearest(x, y, radius, test) {
    let best = -1;
    let least = radius * radius;
    this.within(x - radius, y - radius, x + radius, y + radius, (i) => {
      const square = (this.xs[i] - x) ** 2 + (this.ys[i] - y) ** 2;
      if (square <= least && test(i)) {
        best = i;
        least = square;
      }
    });
    return best;
  }
}

function gridOf(table) {
  const [xs, ys] = unitPlaces(table.x, table.y);
  return new Grid(xs, ys);
}
