// A stand-in for the server while the dashboard is developed: the shapes of docs/api.md, made-up data.
//   node dev/mock.mjs [PORT]      serves dist/ and /api/v1
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { readingAt, streams, things, timesOf } from './made_up.mjs';

const port = Number(process.argv[2] ?? 8099);
const dist = new URL('../dist/', import.meta.url);
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml', txt: 'text/plain' };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const flags = [];
const notes = [];
const listeners = new Set();
let token = 1;
let progress = 0.1;

const iso = (time) => new Date(time).toISOString();
const find = (key) => streams.find((s) => s.id === key || s.name === key);
const flagged = (flag) => flag === 'suspect' || flag === 'fail' || flag === 'missing';

function judged(stream, time) {
    const reading = readingAt(stream, time);
    for (const flag of flags) {
        if (flag.datastream === stream.name && Date.parse(flag.from) <= time && time < Date.parse(flag.to) && !flag.withdraw) {
            return { ...reading, flag: flag.flag, tests: [] };
        }
    }
    return reading;
}

function rowOf(stream, reading, raw) {
    const row = [iso(reading.time), reading.value, reading.flag, reading.tests];
    return raw ? [...row, reading.value === null ? null : Math.round(reading.value * 1000 + 1800)] : row;
}

/** M4 of the good ones, all flagged ones, and a row of nulls in each gap. */
function thinned(readings, from, to, points) {
    const width = (to - from) / (points / 4);
    const kept = [];
    let column = [];
    const flush = () => {
        if (!column.length) return;
        const least = column.reduce((a, b) => (b.value < a.value ? b : a));
        const greatest = column.reduce((a, b) => (b.value > a.value ? b : a));
        kept.push(...[...new Set([column[0], least, greatest, column[column.length - 1]])].sort((a, b) => a.time - b.time));
        column = [];
    };
    let at = -1;
    for (const reading of readings) {
        const here = Math.floor((reading.time - from) / width);
        if (here !== at) flush();
        at = here;
        if (flagged(reading.flag)) kept.push(reading);
        else column.push(reading);
    }
    flush();
    return kept.sort((a, b) => a.time - b.time);
}

function observations(query) {
    const keys = query.get('datastream').split(',');
    const raw = query.get('raw') === 'true';
    const points = Number(query.get('max_points') ?? 0);
    const series = keys.map((key) => {
        const stream = find(key);
        if (!stream) return null;
        const from = query.get('from') ? Date.parse(query.get('from')) : -Infinity;
        const to = query.get('to') ? Date.parse(query.get('to')) : Infinity;
        const all = timesOf(stream, from, to).map((time) => judged(stream, time));
        const first = Number.isFinite(from) ? from : all[0]?.time ?? 0;
        const last = Number.isFinite(to) ? to : Date.now();
        const rows = [];
        const gap = 3 * 3_600_000;
        let before = null;
        for (const reading of points ? thinned(all, first, last, points) : all) rows.push(rowOf(stream, reading, raw));
        const withGaps = [];
        let index = 0;
        for (const row of rows) {
            const time = Date.parse(row[0]);
            while (index < all.length && all[index].time <= time) {
                if (before !== null && all[index].time - before > gap) withGaps.push([iso((before + all[index].time) / 2), null, null, []]);
                before = all[index].time;
                index += 1;
            }
            withGaps.push(row);
        }
        const total = all.filter((r) => flagged(r.flag)).length;
        return { datastream: { id: stream.id, name: stream.name, thing: stream.thing, property: stream.property, depth: stream.depth, unit: stream.unit },
            columns: ['time', 'value', 'flag', 'tests'], source: 'rows', gap_seconds: gap / 1000, rows: withGaps, flagged: { total, shown: total } };
    });
    if (series.includes(null)) throw Object.assign(new Error(`there is no datastream ${keys.join(', ')}`), { status: 404 });
    return { series, from: query.get('from'), to: query.get('to'), generation: 1, token: String(token) };
}

const REASONS = {
    gross_range: (r) => `${r.value} is above the sensor's maximum of 60`,
    spike: (r) => `${r.value} stands 2.1 above both neighbours; the threshold is 1.5`,
    sentinel: () => 'the logger sent its code for "no sensor", 65534',
};

function explanation(query) {
    const stream = find(query.get('datastream'));
    const reading = judged(stream, Date.parse(query.get('time')));
    const manual = flags.find((f) => f.datastream === stream.name && Date.parse(f.from) <= reading.time && reading.time < Date.parse(f.to));
    return { datastream: stream.name, time: iso(reading.time), value: reading.value, raw_value: reading.value, flag: reading.flag, provisional: Date.now() - reading.time < 60_000,
        reasons: reading.tests.filter((t) => REASONS[t]).map((test) => ({ test, flag: reading.flag, text: REASONS[test](reading), thresholds: {}, saw: [] })),
        not_evaluated: ['rate_of_change'], manual: manual ?? null, raw: { writer: '1', sequence: '17', position: 0 } };
}

const ROUTES = {
    '/api/v1': () => ({ name: 'Tilth', version: '0.1.0', lab: 'x', site: 'Saale valley, plot B' }),
    '/api/v1/config': () => ({ version: 3, active: true, text: '' }),
    '/api/v1/things': () => ({ now: iso(Date.now()), things: things.map((t) => ({ ...t, age_seconds: 2,
        last_time: iso(t.state === 'live' ? Date.now() - 2000 * (t.number % 4 + 1) : t.state === 'late' ? Date.now() - 1_500_000 : Date.now() - 9 * 3_600_000) })) }),
    '/api/v1/datastreams': () => ({ now: iso(Date.now()), datastreams: streams.map((s) => {
        const time = timesOf(s, Date.now() - 12 * 3_600_000, Infinity).pop();
        const last = time === undefined ? null : judged(s, time);
        return { ...s, label: '', sensor: 'TEROS 12', cadence_seconds: s.cadence && s.cadence / 1000, registered_itself: s.thing === 'sensor1', derived: false, emulated: true, state: 'live',
            last: last && { ...last, time: iso(last.time), raw_value: last.value } };
    }) }),
    '/api/v1/observations': observations,
    '/api/v1/explanations': explanation,
    '/api/v1/dead-letters': () => ({ total: 2, counts: { not_json: 1, no_value: 1 }, dead_letters: [
        { writer: '3', sequence: '18', position: 0, received_at: iso(Date.now() - 60_000), topic: 'sensors', device: '', code: 'not_json', reason: 'the payload is not JSON: expected a value at byte 0, found "hello"' },
        { writer: '3', sequence: '12', position: 0, received_at: iso(Date.now() - 900_000), topic: 'sensors', device: 'sensor7', code: 'no_value', reason: 'the message has no number: looked for "value", "values" and known channels' }] }),
    '/api/v1/raw/3/18': () => ({ topic: 'sensors', received_at: iso(Date.now()), text: 'hello', payload_base64: 'aGVsbG8=' }),
    '/api/v1/manual-flags': () => ({ manual_flags: flags }),
    '/api/v1/notes': () => ({ notes }),
    '/api/v1/status': () => {
        progress = (progress + 0.01) % 1;
        return { version: '0.1.0', now: iso(Date.now()), broker: { address: '127.0.0.1:1883', state: 'connected', detail: '' }, rates: { messages_per_second: 12.4, observations_per_second: 121 },
            counts: { observations: 2_218_432, dead_letters: 2 }, lag: { records: 0, seconds: 0.01 },
            tasks: [{ id: 'import-1', kind: 'import', name: 'z6-06839.csv', state: 'running', done: progress * 1e6, total: 1e6, seconds_left: 40 * (1 - progress), message: '' }] };
    },
};

function events(response) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(': hello\n\n');
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
}

setInterval(() => {
    const time = Math.floor(Date.now() / 2000) * 2000;
    token += 1;
    for (const stream of streams) {
        if (stream.thing === 'node-05' || stream.thing === 'node-09') continue;
        const row = rowOf(stream, judged(stream, time), true);
        const data = { datastream: stream.id, from: iso(time), to: iso(time + 1), rows: [row] };
        for (const listener of listeners) listener.write(`event: observations\ndata: ${JSON.stringify(data)}\n\n`);
    }
    for (const listener of listeners) listener.write(`id: ${token}\n\n`);
}, 2000);

async function file(path, response) {
    const name = path === '/' ? 'index.html' : path.slice(1);
    const bytes = await readFile(new URL(name, dist)).catch(() => null);
    response.writeHead(bytes ? 200 : 404, { 'Content-Type': TYPES[name.split('.').pop()] ?? 'text/plain', 'Content-Security-Policy': CSP });
    response.end(bytes ?? 'not found');
}

createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === '/api/v1/events') return events(response);
    if (request.method === 'POST') {
        let body = '';
        for await (const part of request) body += part;
        if (url.pathname === '/api/v1/notes') {
            notes.push({ ...JSON.parse(body), who: 'local', when: iso(Date.now()) });
            response.writeHead(201, { 'Content-Type': 'application/json' });
            return response.end(JSON.stringify(notes.at(-1)));
        }
        const flag = { ...JSON.parse(body), who: 'local', when: iso(Date.now()), withdraw: url.pathname.endsWith('/withdraw') };
        flags.unshift(flag);
        response.writeHead(201, { 'Content-Type': 'application/json' });
        return response.end(JSON.stringify(flag));
    }
    const route = ROUTES[url.pathname];
    if (!route) return file(url.pathname, response);
    try {
        const answer = JSON.stringify(route(url.searchParams));
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.end(answer);
    } catch (error) {
        response.writeHead(error.status ?? 400, { 'Content-Type': 'application/problem+json' });
        response.end(JSON.stringify({ title: 'Problem', status: error.status ?? 400, detail: error.message }));
    }
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`));
