import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Datastream } from '../src/model';
import { depthColour, dashOf } from '../src/plot/colours';
import { isManual, markOf } from '../src/plot/marks';
import { niceExtent } from '../src/plot/extent';
import { Catalogue, lookOf } from '../src/state/catalogue';
import { defaultSeries, sameOf, toggled } from '../src/state/choice';

const stream = (thing: string, property: string, depth: number | null, last = true): Datastream => ({
    id: `${thing}${property}${depth}`, name: `${thing}/${property}@${depth}m`, thing, property, title: property, depth, label: '', unit: '', derived: false,
    registeredItself: false, cadence: 0, sensor: '', state: 'live',
    last: last ? { time: 0, value: 1, raw: 1, flag: 1, tests: [] } : null,
});
const thing = { name: 'a', description: '', latitude: NaN, longitude: NaN, emulated: false, registeredItself: false, state: 'live', lastSeen: 0,
    batteryPercent: 80, batteryVolts: NaN } as const;

test('a node first shows water content and temperature', () => {
    const streams = [stream('a', 'battery_percent', null), stream('a', 'soil_temperature', 0.05), stream('a', 'volumetric_water_content', 0.05)];
    assert.deepEqual(defaultSeries(streams), ['a/soil_temperature@0.05m', 'a/volumetric_water_content@0.05m']);
});

test('a node without those shows what it has', () => {
    assert.deepEqual(defaultSeries([stream('sensor1', 'value', null)]), ['sensor1/value@nullm']);
    assert.deepEqual(defaultSeries([]), []);
});

test('another node shows the same properties and depths', () => {
    const other = [stream('b', 'soil_temperature', 0.05), stream('b', 'soil_temperature', 0.2)];
    assert.deepEqual(sameOf([stream('a', 'soil_temperature', 0.2)], other), ['b/soil_temperature@0.2m']);
});

test('a series is added at the end and taken away again', () => {
    assert.deepEqual(toggled(['x'], 'y'), ['x', 'y']);
    assert.deepEqual(toggled(['x', 'y'], 'x'), ['y']);
});

test('datastreams of a node stand in the order of their importance, then depth', () => {
    const catalogue = new Catalogue();
    catalogue.set([], [stream('a', 'battery_percent', null), stream('a', 'soil_temperature', 0.2), stream('a', 'soil_temperature', 0.05),
        stream('a', 'volumetric_water_content', 0.5)]);
    assert.deepEqual(catalogue.streamsOf('a').map((d) => [d.property, d.depth]),
        [['volumetric_water_content', 0.5], ['soil_temperature', 0.05], ['soil_temperature', 0.2], ['battery_percent', null]]);
});

test('a live reading is the newest one unless a newer one is known', () => {
    const catalogue = new Catalogue();
    catalogue.set([{ ...thing, state: 'silent' }], [stream('a', 'x', null)]);
    const own = catalogue.streamsOf('a')[0]!;
    catalogue.heard(own, { time: 5, value: 7, raw: 7, flag: 1, tests: [] });
    catalogue.heard(own, { time: 4, value: 6, raw: 6, flag: 1, tests: [] });
    assert.equal(own.last?.value, 7);
    assert.equal(catalogue.thing('a')?.state, 'live');
});

test('a low battery shows, but not over silence', () => {
    assert.equal(lookOf({ ...thing }), 'live');
    assert.equal(lookOf({ ...thing, batteryPercent: 12 }), 'battery');
    assert.equal(lookOf({ ...thing, batteryPercent: 12, state: 'silent' }), 'silent');
});

test('every depth has a colour of its own, and nodes beyond the first another stroke', () => {
    const colours = [null, 0.05, 0.1, 0.2, 0.5, 1, 2].map((d) => depthColour(d, false));
    assert.equal(new Set(colours).size, colours.length);
    assert.equal(depthColour(9, true), depthColour(2, true));
    assert.notDeepEqual(dashOf(0), dashOf(1));
});

test('flags have different signs; a good reading has none', () => {
    const signs = ([3, 4, 9] as const).map((flag) => markOf({ flag, tests: ['spike'] }));
    assert.equal(new Set(signs).size, 3);
    assert.equal(markOf({ flag: 1, tests: [] }), null);
});

test('a flag that no test explains is a person\'s, and so is good against a test', () => {
    assert.equal(isManual({ flag: 4, tests: [] }), true);
    assert.equal(isManual({ flag: 4, tests: ['spike'] }), false);
    assert.equal(isManual({ flag: 1, tests: [] }), false);
    assert.equal(markOf({ flag: 1, tests: ['spike'] }), 'manual');
});

test('one wild value does not flatten the scale', () => {
    const [min, max] = niceExtent({ min: 10, max: 20 }, { min: 15, max: 9999 });
    assert.ok(min < 10 && max > 20 && max < 40);
});

test('a scale without any value, and one of a single value, have some height', () => {
    assert.deepEqual(niceExtent({ min: Infinity, max: -Infinity }, { min: Infinity, max: -Infinity }), [0, 1]);
    const [min, max] = niceExtent({ min: 5, max: 5 }, { min: Infinity, max: -Infinity });
    assert.ok(min < 5 && max > 5);
});
