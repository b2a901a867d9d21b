// From degrees to the plane of a small map, without tiles: equirectangular about the middle of the field, true to
// scale there (a field is a few kilometres; the error over 10 km is below 0.1 %).

/** Mean radius of the earth (IUGG), metres. */
const EARTH_RADIUS = 6_371_008.8;
const RADIANS = Math.PI / 180;

export interface Place {
    latitude: number;
    longitude: number;
}

export interface Point {
    x: number;
    y: number;
}

export interface Projection {
    toPlane(place: Place): Point;
    toPlace(point: Point): Place;
    /** Pixels a metre. */
    scale: number;
}

/** Fits all places into width × height pixels with a margin; y grows downwards, north is up. */
export function fit(places: readonly Place[], width: number, height: number, margin: number): Projection {
    const lats = places.map((p) => p.latitude);
    const lons = places.map((p) => p.longitude);
    const midLat = (Math.min(...lats) + Math.max(...lats)) / 2;
    const midLon = (Math.min(...lons) + Math.max(...lons)) / 2;
    const metres = (p: Place): Point => ({
        x: (p.longitude - midLon) * RADIANS * EARTH_RADIUS * Math.cos(midLat * RADIANS),
        y: (midLat - p.latitude) * RADIANS * EARTH_RADIUS,
    });
    const plane = places.map(metres);
    const wide = Math.max(1, ...plane.map((p) => Math.abs(p.x) * 2));
    const high = Math.max(1, ...plane.map((p) => Math.abs(p.y) * 2));
    const scale = Math.min((width - 2 * margin) / wide, (height - 2 * margin) / high, 40);
    return {
        scale,
        toPlane(place) {
            const m = metres(place);
            return { x: width / 2 + m.x * scale, y: height / 2 + m.y * scale };
        },
        toPlace({ x, y }) {
            const east = (x - width / 2) / scale;
            const south = (y - height / 2) / scale;
            return {
                latitude: midLat - south / (RADIANS * EARTH_RADIUS),
                longitude: midLon + east / (RADIANS * EARTH_RADIUS * Math.cos(midLat * RADIANS)),
            };
        },
    };
}

/** The longest round length (1, 2 or 5 times a power of ten metres) that fits into `pixels`. */
export function scaleBar(scale: number, pixels: number): { metres: number; pixels: number } {
    const most = pixels / scale;
    const power = 10 ** Math.floor(Math.log10(most));
    const metres = ([5, 2, 1].find((n) => n * power <= most) ?? 1) * power;
    return { metres, pixels: metres * scale };
}

export function lengthText(metres: number): string {
    if (metres >= 1000) return `${metres / 1000} km`;
    return metres >= 1 ? `${metres} m` : `${Math.round(metres * 100)} cm`;
}
