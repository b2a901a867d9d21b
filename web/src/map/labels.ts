// Where the names of nodes go: below, above, right or left of the node, the first place that is free; pure.
import type { Point } from './project';

/** Relative to the node's middle. */
export interface Label {
    x: number;
    y: number;
    anchor: 'start' | 'middle' | 'end';
}

interface Box {
    left: number;
    top: number;
    right: number;
    bottom: number;
}

const LETTER = 6;
const PLACES: readonly Label[] = [
    { x: 0, y: 19, anchor: 'middle' },
    { x: 0, y: -10, anchor: 'middle' },
    { x: 10, y: 4, anchor: 'start' },
    { x: -10, y: 4, anchor: 'end' },
];

const LONGEST = 12;

/** Without the part that all of them begin with ("field-node-01" -> "node-01"), and at most twelve letters. */
export function shortNames(names: readonly string[]): string[] {
    const first = names[0] ?? '';
    let common = names.length < 2 ? 0 : first.length;
    for (const name of names) while (!name.startsWith(first.slice(0, common))) common -= 1;
    const prefix = /^.*[-_ ./:]/.exec(first.slice(0, common))?.[0].length ?? 0;
    return names.map((name) => {
        const rest = name.slice(prefix);
        return rest.length > LONGEST ? `${rest.slice(0, LONGEST - 1)}…` : rest;
    });
}

/** Null: no room. In a crowded field only the selected node has its name. */
export function placeLabels(points: readonly Point[], names: readonly string[], field: { width: number; height: number },
                            crowded: boolean, selected: number): (Label | null)[] {
    const taken: Box[] = points.map((p) => ({ left: p.x - 7, top: p.y - 7, right: p.x + 7, bottom: p.y + 7 }));
    return points.map((point, index) => {
        if (crowded && index !== selected) return null;
        const free = PLACES.find((place) => {
            const box = boxOf(point, place, (names[index] as string).length * LETTER);
            const inside = box.left >= 0 && box.top >= 0 && box.right <= field.width && box.bottom <= field.height;
            return inside && !taken.some((other, i) => i !== index && overlap(box, other));
        });
        const place = free ?? (index === selected ? (PLACES[0] as Label) : null);
        if (place) taken.push(boxOf(point, place, (names[index] as string).length * LETTER));
        return place;
    });
}

function boxOf(point: Point, place: Label, width: number): Box {
    const shift = place.anchor === 'middle' ? width / 2 : place.anchor === 'end' ? width : 0;
    const left = point.x + place.x - shift;
    return { left, right: left + width, top: point.y + place.y - 9, bottom: point.y + place.y + 2 };
}

function overlap(a: Box, b: Box): boolean {
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
