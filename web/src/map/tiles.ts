// Which tiles of an OSM-style server lie under the map, and where. Web Mercator's own scale differs from the map's by
// less than a pixel over a field, so each tile is stretched between its corners.
import type { Place } from './project';

export interface Tile {
    url: string;
    /** North-west and south-east corners. */
    from: Place;
    to: Place;
}

/** Circumference of the sphere of Web Mercator, metres. */
const AROUND = 2 * Math.PI * 6_378_137;
const TILE_PIXELS = 256;
const MAX_ZOOM = 19;
const MAX_TILES = 24;

/** `scale` is pixels a metre at the latitude of the corners. Empty without a template. */
export function tilesFor(template: string, northWest: Place, southEast: Place, scale: number): Tile[] {
    if (template === '') return [];
    const across = AROUND * Math.cos((northWest.latitude * Math.PI) / 180) * scale;
    const zoom = Math.min(MAX_ZOOM, Math.max(0, Math.round(Math.log2(across / TILE_PIXELS))));
    const [left, top] = tileAt(northWest, zoom);
    const [right, bottom] = tileAt(southEast, zoom);
    const tiles: Tile[] = [];
    for (let y = Math.floor(top); y <= bottom; y++) {
        for (let x = Math.floor(left); x <= right && tiles.length < MAX_TILES; x++) {
            const url = template.replace('{z}', String(zoom)).replace('{x}', String(x)).replace('{y}', String(y));
            tiles.push({ url, from: cornerOf(x, y, zoom), to: cornerOf(x + 1, y + 1, zoom) });
        }
    }
    return tiles;
}

function tileAt(place: Place, zoom: number): [number, number] {
    const n = 2 ** zoom;
    const lat = (place.latitude * Math.PI) / 180;
    return [((place.longitude + 180) / 360) * n, ((1 - Math.asinh(Math.tan(lat)) / Math.PI) / 2) * n];
}

function cornerOf(x: number, y: number, zoom: number): Place {
    const n = 2 ** zoom;
    return { latitude: (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / n))) * 180) / Math.PI, longitude: (x / n) * 360 - 180 };
}
