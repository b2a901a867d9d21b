// RFC 3339 and milliseconds, without losing the microseconds that Date drops.

/** NaN when it is no time. A number from Date.parse() is whole milliseconds; digits after them are added. */
export function parseInstant(text: string | null | undefined): number {
    if (!text) return NaN;
    const ms = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'));
    const more = /\.\d{3}(\d{1,6})/.exec(text);
    return more ? ms + Number(`0.${more[1]}`) : ms;
}

/** UTC, with as many fraction digits as needed: none, three or six. */
export function instantText(time: number): string {
    const micros = Math.round(time * 1000);
    const ms = Math.floor(micros / 1000);
    const rest = micros - ms * 1000;
    const text = new Date(ms).toISOString();
    if (rest !== 0) return text.replace('Z', `${String(rest).padStart(3, '0')}Z`);
    return text.replace('.000Z', 'Z');
}
