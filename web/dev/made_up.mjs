// Made-up data for developing the dashboard without a server: a few nodes whose values are a function of time, so
// that any stretch can be given at once. Nothing here is physics.

const DAY = 86_400_000;
export const BORN = Date.now() - 2 * 365 * DAY;
export const LIVE_FROM = Date.now() - 2 * DAY;

const PROPERTIES = {
    volumetric_water_content: { title: 'Volumetric water content', unit: 'm3/m3' },
    soil_temperature: { title: 'Soil temperature', unit: 'Cel' },
    bulk_electrical_conductivity: { title: 'Bulk electrical conductivity', unit: 'mS/cm' },
    matric_potential: { title: 'Matric potential', unit: 'kPa' },
    air_temperature: { title: 'Air temperature', unit: 'Cel' },
    precipitation: { title: 'Precipitation', unit: 'mm' },
    battery_percent: { title: 'Battery charge', unit: '%' },
    value: { title: 'value', unit: '' },
};

/** A number in [0, 1) that depends on its arguments alone. */
export function chance(...keys) {
    let x = 2166136261;
    for (const key of keys) x = Math.imul(x ^ (Math.floor(key) & 0xffffffff) ^ Math.floor(key / 4294967296), 16777619);
    x ^= x >>> 15;
    x = Math.imul(x, 2246822519);
    x ^= x >>> 13;
    x = Math.imul(x, 3266489917);
    return ((x ^ (x >>> 16)) >>> 0) / 4294967296;
}

export const things = [];
export const streams = [];
let nextId = 4611686018427387904n;

function addStream(thing, property, depth, number, cadence) {
    const name = `${thing}/${property}${depth === null ? '' : `@${depth}m`}`;
    streams.push({ id: String(nextId++), name, thing, property, depth, number, cadence, ...PROPERTIES[property] });
}

for (let i = 1; i <= 12; i++) {
    const name = `node-${String(i).padStart(2, '0')}`;
    const state = i === 5 ? 'silent' : i === 9 ? 'late' : 'live';
    things.push({
        name, device: name, description: '', emulated: true, registered_itself: false, state, number: i,
        location: { latitude: 51.39 + 0.0022 * Math.floor((i - 1) / 4) + 0.0012 * chance(i, 1), longitude: 11.87 + 0.0042 * ((i - 1) % 4) + 0.0022 * chance(i, 2), elevation: 110 },
        battery: { percent: i === 11 ? 12 : Math.round(60 + 38 * chance(i, 3)), voltage: 3.6 },
    });
    for (const depth of [0.05, 0.2, 0.5]) {
        for (const property of ['volumetric_water_content', 'soil_temperature', 'bulk_electrical_conductivity']) addStream(name, property, depth, i, 300_000);
    }
    addStream(name, 'matric_potential', 0.2, i, 300_000);
    addStream(name, 'battery_percent', null, i, 3_600_000);
}
things.push({ name: 'weather', device: 'weather', description: '', emulated: true, registered_itself: false, state: 'live', number: 40,
    location: { latitude: 51.3935, longitude: 11.8795, elevation: 112 }, battery: { percent: 97, voltage: 3.7 } });
for (const property of ['air_temperature', 'precipitation']) addStream('weather', property, null, 40, 300_000);
things.push({ name: 'sensor1', device: 'sensor1', description: '', emulated: false, registered_itself: true, state: 'live', number: 41, location: null, battery: null });
addStream('sensor1', 'value', null, 41, null);

/** Readings come every hour in the past, every cadence lately, and every two seconds in the last minutes. */
export function timesOf(stream, from, to) {
    const times = [];
    const end = Math.min(to, stream.thing === 'node-05' ? Date.now() - 9 * 3_600_000 : Date.now());
    const recent = Date.now() - 10 * 60_000;
    let time = Math.ceil(Math.max(from, BORN) / 3_600_000) * 3_600_000;
    const step = (t) => (t < LIVE_FROM ? 3_600_000 : t < recent ? 300_000 : 2_000);
    if (from > LIVE_FROM) time = Math.ceil(Math.max(from, BORN) / step(from)) * step(from);
    for (; time < end; time += step(time)) {
        const hole = chance(stream.number, Math.floor(time / (17 * DAY)), 9) < 0.08 && Math.floor(time / (5 * DAY)) % 3 === 0;
        if (!hole) times.push(time);
    }
    return times;
}

function rainAt(time, back) {
    let sum = 0;
    for (let k = 0; k < back; k++) {
        const day = Math.floor(time / DAY) - k;
        if (chance(day, 77) < 0.2) sum += chance(day, 78) * Math.exp(-(time / DAY - day) / 3);
    }
    return sum;
}

export function readingAt(stream, time) {
    const depth = stream.depth ?? 0;
    const year = Math.cos(((time / DAY - 200) / 365.25) * 2 * Math.PI);
    const day = Math.cos(((time / DAY) % 1 - 0.6) * 2 * Math.PI - depth * 5) * Math.exp(-depth * 7);
    const noise = chance(stream.number, time, depth * 100) - 0.5;
    let value;
    switch (stream.property) {
        case 'soil_temperature': value = 10.5 + 9 * Math.exp(-depth * 0.4) * year + 5 * day + noise * 0.1; break;
        case 'air_temperature': value = 10 + 10 * year + 6 * day + noise * 0.5; break;
        case 'precipitation': value = chance(Math.floor(time / DAY), 77) < 0.2 && chance(Math.floor(time / 3_600_000), 3) < 0.3 ? noise + 0.6 : 0; break;
        case 'bulk_electrical_conductivity': value = 0.25 + 0.2 * depth + 0.1 * rainAt(time, 12) * Math.exp(-depth) + noise * 0.004; break;
        case 'matric_potential': value = -20 - 60 * (1 + year) / (1 + 3 * rainAt(time, 12)) + noise; break;
        case 'battery_percent': value = 80 - noise * 2; break;
        case 'value': value = 5.1 + noise; break;
        default: value = 0.2 + 0.16 * depth - 0.05 * year * Math.exp(-depth) + 0.1 * rainAt(time - depth * 2 * DAY, 12) * Math.exp(-depth * 2) + noise * 0.002 + stream.number * 0.002;
    }
    const wild = chance(stream.number, time, depth * 1000, 5);
    const often = time > LIVE_FROM ? 0.012 : 0.001;
    if (wild < often * 0.4) return { time, value: stream.property === 'soil_temperature' ? 85 : value * 1.9 + 0.3, flag: 'fail', tests: ['gross_range'] };
    if (wild < often * 0.8) return { time, value: value * 1.18, flag: 'suspect', tests: ['spike'] };
    if (wild < often) return { time, value: null, flag: 'missing', tests: ['sentinel'] };
    return { time, value, flag: 'good', tests: [] };
}
