export interface Cell {
  /** Corners of the cell on a sphere of radius 1, seen from the front: `x,y x,y …`. */
  points: string;
  /** How much of the light falls on it, 0 to 1. */
  light: number;
  /** On the belt of antennas around the equator. */
  belt: boolean;
}

const LIGHT = normalise([-0.55, -0.6, 0.62]);
const GAP = 0.12;

/**
 * The visible solar cells of a ball like Telstar's, tilted a little towards the viewer.
 * `rows` cells between the poles; every row has as many cells as its girth allows.
 */
export function sphereCells(rows: number): Cell[] {
  const step = Math.PI / rows;
  return Array.from({ length: rows }, (_, row) => {
    const north = Math.PI / 2 - row * step;
    const middle = north - step / 2;
    const count = Math.max(4, Math.round((2 * Math.PI * Math.cos(middle)) / step));
    const width = (2 * Math.PI) / count;
    const belt = row === Math.floor(rows / 2);
    return Array.from({ length: count }, (_, column) => cell(north, step, column * width, width, belt));
  })
    .flat()
    .filter((candidate) => candidate !== null);
}

type Vector = [number, number, number];

function cell(north: number, height: number, west: number, width: number, belt: boolean): Cell | null {
  const centre = onSphere(north - height / 2, west + width / 2);
  if (centre[2] < 0.04) return null;
  const [top, bottom] = [north - height * GAP, north - height * (1 - GAP)];
  const [left, right] = [west + width * GAP, west + width * (1 - GAP)];
  const corners = [
    onSphere(top, left),
    onSphere(top, right),
    onSphere(bottom, right),
    onSphere(bottom, left),
  ];
  const lit = centre[0] * LIGHT[0] + centre[1] * LIGHT[1] + centre[2] * LIGHT[2];
  return {
    points: corners.map(([x, y]) => `${x.toFixed(3)},${y.toFixed(3)}`).join(' '),
    light: Math.max(0, lit),
    belt,
  };
}

/** A point of the sphere with the y axis pointing down, rolled and tilted as in the drawing. */
function onSphere(latitude: number, longitude: number): Vector {
  const x = Math.cos(latitude) * Math.sin(longitude);
  const y = -Math.sin(latitude);
  const z = Math.cos(latitude) * Math.cos(longitude);
  const tilt = 0.32;
  const [y1, z1] = [y * Math.cos(tilt) + z * Math.sin(tilt), z * Math.cos(tilt) - y * Math.sin(tilt)];
  const roll = -0.26;
  return [x * Math.cos(roll) - y1 * Math.sin(roll), x * Math.sin(roll) + y1 * Math.cos(roll), z1];
}

function normalise([x, y, z]: Vector): Vector {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}
