import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantText, parseInstant } from '../src/text/instant';
import { age, dateTime, parseDateTime, width } from '../src/text/time';
import { depthText, parseFlag, shortValue, unitSign, unitTitle, valueText } from '../src/text/values';

test('an instant keeps its microseconds there and back', () => {
    for (const text of ['2025-05-01T06:00:02Z', '2025-05-01T06:00:02.250Z', '2025-05-01T06:00:02.250001Z', '1970-01-01T00:00:00Z']) {
        assert.equal(instantText(parseInstant(text)), text);
    }
});

test('no instant is NaN', () => {
    assert.ok(Number.isNaN(parseInstant(null)));
    assert.ok(Number.isNaN(parseInstant('yesterday')));
});

test('a time is written in ISO order, with a fraction only where there is one', () => {
    assert.equal(dateTime(Date.UTC(2026, 0, 2, 3, 4, 5), 'utc'), '2026-01-02 03:04:05');
    assert.equal(dateTime(Date.UTC(2026, 0, 2, 3, 4, 5, 70), 'utc'), '2026-01-02 03:04:05.070');
});

test('what a person types is a time, or refused', () => {
    assert.equal(parseDateTime('2026-03-01 06:30', 'utc'), Date.UTC(2026, 2, 1, 6, 30));
    assert.equal(parseDateTime('2026-03-01T06:30:15Z', 'local'), Date.UTC(2026, 2, 1, 6, 30, 15));
    assert.equal(parseDateTime('2026-03-01', 'utc'), Date.UTC(2026, 2, 1));
    for (const wrong of ['', '2026-02-30', '01.03.2026', '2026-03-01 25:00']) assert.equal(parseDateTime(wrong, 'utc'), null, wrong);
});

test('what dateTime writes, parseDateTime reads, in both zones', () => {
    for (const zone of ['utc', 'local'] as const) {
        const time = Date.UTC(2026, 6, 2, 3, 4, 5, 678);
        assert.equal(parseDateTime(dateTime(time, zone), zone), time);
    }
});

test('an age has one unit', () => {
    assert.equal(age(400), 'now');
    assert.equal(age(8_000), '8 s');
    assert.equal(age(26 * 60_000), '26 min');
    assert.equal(age(NaN), 'never');
});

test('a width has at most two units', () => {
    assert.equal(width(86_400_000), '1 day');
    assert.equal(width(30 * 3_600_000 + 60_000), '1 day 6 hours');
});

test('values have the digits that tell them apart', () => {
    assert.equal(valueText(12.30001), '12.3');
    assert.equal(valueText(0.25471), '0.2547');
    assert.equal(valueText(-1234.56), '−1234.6');
    assert.equal(valueText(0), '0');
    assert.equal(valueText(100), '100');
    assert.equal(valueText(0.00001234), '1.234e−5');
    assert.equal(valueText(NaN), '–');
    assert.equal(shortValue(0.26), '0.260');
});

test('units have their usual sign, and none is said', () => {
    assert.equal(unitSign('Cel'), '°C');
    assert.equal(unitSign('furlong'), 'furlong');
    assert.equal(unitTitle(''), 'no unit declared');
});

test('depths are centimetres up to a metre', () => {
    assert.equal(depthText(0.05), '5 cm');
    assert.equal(depthText(1.2), '1.2 m');
    assert.equal(depthText(null), '');
});

test('a flag comes by name or number, and anything else is not evaluated', () => {
    assert.equal(parseFlag('suspect'), 3);
    assert.equal(parseFlag(9), 9);
    assert.equal(parseFlag('wonderful'), 2);
});
