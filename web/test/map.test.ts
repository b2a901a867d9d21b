import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeLabels, shortNames } from '../src/map/labels';
import { tilesFor } from '../src/map/tiles';
import { fit, lengthText, scaleBar } from '../src/map/project';

const FIELD = { width: 100, height: 100 };

test('north is up and east is right', () => {
    const p = fit([{ latitude: 51, longitude: 11 }, { latitude: 51.01, longitude: 11.01 }], 300, 200, 20);
    const south = p.toPlane({ latitude: 51, longitude: 11 });
    const north = p.toPlane({ latitude: 51.01, longitude: 11.01 });
    assert.ok(north.y < south.y && north.x > south.x);
});

test('one minute of latitude is a nautical mile, within half a percent', () => {
    const p = fit([{ latitude: 51, longitude: 11 }, { latitude: 51 + 1 / 60, longitude: 11 }], 300, 1000, 20);
    const metres = (p.toPlane({ latitude: 51, longitude: 11 }).y - p.toPlane({ latitude: 51 + 1 / 60, longitude: 11 }).y) / p.scale;
    assert.ok(Math.abs(metres - 1852) < 0.005 * 1852, String(metres));
});

test('everything lies inside the margin, one node in the middle', () => {
    const places = [{ latitude: 51, longitude: 11 }, { latitude: 51.2, longitude: 11.01 }, { latitude: 51.1, longitude: 11.4 }];
    const p = fit(places, 300, 200, 20);
    for (const { x, y } of places.map((place) => p.toPlane(place))) assert.ok(x >= 19.9 && x <= 280.1 && y >= 19.9 && y <= 180.1);
    assert.deepEqual(fit([places[0]!], 300, 200, 20).toPlane(places[0]!), { x: 150, y: 100 });
});

test('the scale bar is round and fits', () => {
    for (const scale of [0.001, 0.037, 1, 25]) {
        const bar = scaleBar(scale, 100);
        assert.ok(bar.pixels <= 100 && bar.pixels >= 20, `${scale}: ${bar.pixels}`);
        assert.match(String(bar.metres / 10 ** Math.floor(Math.log10(bar.metres))), /^[125](\.0+\d*)?$/);
    }
    assert.equal(lengthText(2000), '2 km');
    assert.equal(lengthText(200), '200 m');
});

test('names do not cover each other', () => {
    const labels = placeLabels([{ x: 50, y: 50 }, { x: 50, y: 66 }], ['aa', 'bb'], FIELD, false, -1);
    assert.notDeepEqual(labels[0], labels[1]);
});

test('in a crowded field only the selected node has its name', () => {
    const labels = placeLabels([{ x: 10, y: 10 }, { x: 90, y: 50 }], ['aa', 'bb'], FIELD, true, 1);
    assert.equal(labels[0], null);
    assert.ok(labels[1]);
});

test('the plane leads back to the place', () => {
    const p = fit([{ latitude: 51, longitude: 11 }, { latitude: 51.2, longitude: 11.4 }], 300, 200, 20);
    const back = p.toPlace(p.toPlane({ latitude: 51.05, longitude: 11.3 }));
    assert.ok(Math.abs(back.latitude - 51.05) < 1e-9 && Math.abs(back.longitude - 11.3) < 1e-9);
});

test('tiles cover the map and carry their numbers', () => {
    // Zoom 2, tile 2/1 has its north-west corner at (66.51 N, 0 E): the tiling of OpenStreetMap.
    const metresAcross = 2 * Math.PI * 6_378_137 * Math.cos((60 * Math.PI) / 180);
    const [tile] = tilesFor('t/{z}/{x}/{y}.png', { latitude: 60, longitude: 10 }, { latitude: 50, longitude: 20 }, 1024 / metresAcross);
    assert.equal(tile?.url, 't/2/2/1.png');
    assert.ok(Math.abs((tile?.from.latitude ?? 0) - 66.513) < 0.001 && tile?.from.longitude === 0);
});

test('without a template there are no tiles', () => {
    assert.deepEqual(tilesFor('', { latitude: 60, longitude: 10 }, { latitude: 50, longitude: 20 }, 1), []);
});

test('a name does not leave the map', () => {
    const [label] = placeLabels([{ x: 95, y: 50 }], ['a long name'], FIELD, false, -1);
    assert.equal(label?.anchor, 'end');
});

test('names are told apart by what differs', () => {
    assert.deepEqual(shortNames(['field-node-01', 'field-node-02', 'field-weather']), ['node-01', 'node-02', 'weather']);
    assert.deepEqual(shortNames(['node-01', 'node-02']), ['01', '02']);
    assert.deepEqual(shortNames(['node-01']), ['node-01']);
    assert.deepEqual(shortNames(['abc', 'abd']), ['abc', 'abd']);
});
