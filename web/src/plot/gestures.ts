// Wheel, pinch, drag in pan mode, double click: turned into zooms and pans of the common axis.
import { type Span, pan, zoom } from '../state/range';

export interface GestureTarget {
    span(): Span;
    move(span: Span): void;
    panning(): boolean;
}

export function addGestures(over: HTMLElement, target: GestureTarget): void {
    const share = (clientX: number): number => {
        const box = over.getBoundingClientRect();
        return Math.min(1, Math.max(0, (clientX - box.left) / box.width));
    };
    over.addEventListener('wheel', (event) => {
        event.preventDefault();
        const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
        const amount = sideways && event.deltaX !== 0 ? event.deltaX : event.deltaY;
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
        if (sideways) target.move(pan(target.span(), (amount * lines) / over.clientWidth));
        else target.move(zoom(target.span(), Math.exp(Math.max(-120, Math.min(120, amount * lines)) * 0.003), share(event.clientX)));
    }, { passive: false });
    over.addEventListener('dblclick', (event) => target.move(zoom(target.span(), 2, share(event.clientX))));
    addPointers(over, target, share);
}

/** One finger, or the mouse in pan mode, moves; two fingers zoom. */
function addPointers(over: HTMLElement, target: GestureTarget, share: (x: number) => number): void {
    const fingers = new Map<number, number>();
    over.addEventListener('pointerdown', (event) => {
        if (event.pointerType === 'mouse' && (!target.panning() || event.button !== 0)) return;
        fingers.set(event.pointerId, event.clientX);
        over.setPointerCapture(event.pointerId);
    });
    over.addEventListener('pointermove', (event) => {
        const before = fingers.get(event.pointerId);
        if (before === undefined) return;
        const others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, x]) => x);
        const other = others[0];
        fingers.set(event.pointerId, event.clientX);
        if (other === undefined) {
            target.move(pan(target.span(), (before - event.clientX) / over.clientWidth));
        } else {
            const factor = Math.max(8, Math.abs(before - other)) / Math.max(8, Math.abs(event.clientX - other));
            target.move(zoom(target.span(), factor, share((event.clientX + other) / 2)));
        }
    });
    for (const end of ['pointerup', 'pointercancel'] as const) {
        over.addEventListener(end, (event) => fingers.delete(event.pointerId));
    }
}
