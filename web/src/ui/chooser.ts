// What of the selected node is shown (a switch for each property and depth), and what of other nodes.
import type { Datastream } from '../model';
import { dashOf, depthColour } from '../plot/colours';
import type { Catalogue } from '../state/catalogue';
import { toggled } from '../state/choice';
import type { View } from '../state/view';
import { depthText } from '../text/values';
import { h, replaceChildren } from './dom';
import { icon } from './icons';
import { seriesSwatch } from './swatch';

export class Chooser {
    #drawn = '';

    constructor(readonly element: HTMLElement, readonly catalogue: Catalogue, readonly set: (series: string[]) => void) {}

    show(view: View, dark: boolean): void {
        const streams = view.node === null ? [] : this.catalogue.streamsOf(view.node);
        const key = JSON.stringify([view.node, view.series, dark, streams.map((d) => d.name), this.catalogue.size]);
        if (key === this.#drawn) return;
        this.#drawn = key;
        const focused = this.element.contains(document.activeElement) ? document.activeElement?.getAttribute('data-series') : null;
        const nodes = [...new Set(view.series.map((name) => this.catalogue.byName(name)?.thing ?? name))];
        const others = view.series.filter((name) => this.catalogue.byName(name)?.thing !== view.node);
        replaceChildren(this.element, this.#head(view.node), ...groups(streams).map((group) => this.#group(group, view, nodes, dark)),
            others.length > 0 && h('div', { class: 'others' }, h('span', { class: 'muted' }, 'also'), ...others.map((name) => this.#other(name, view, nodes, dark))));
        if (focused) this.element.querySelector<HTMLElement>(`[data-series="${CSS.escape(focused)}"]`)?.focus();
    }

    #head(node: string | null): HTMLElement | null {
        if (node === null) return null;
        const thing = this.catalogue.thing(node);
        return h('h2', { class: 'chooser-node' }, node, thing?.emulated ? h('span', { class: 'tag' }, 'emulated') : null,
            thing?.registeredItself ? h('span', { class: 'tag new', title: 'No site file names this node yet' }, 'registered itself') : null);
    }

    #group(group: readonly Datastream[], view: View, nodes: readonly string[], dark: boolean): HTMLElement {
        const first = group[0] as Datastream;
        return h('div', { class: 'group', role: 'group', 'aria-label': first.title }, h('span', { class: 'group-title' }, first.title),
            ...group.map((stream) => {
                const on = view.series.includes(stream.name);
                const text = [depthText(stream.depth), stream.label].filter(Boolean).join(' ') || 'show';
                return h('button', {
                    type: 'button', class: 'chip', 'aria-pressed': on, 'data-series': stream.name,
                    title: `${stream.name}${stream.sensor ? `, ${stream.sensor}` : ''}${stream.derived ? ', derived' : ''}`,
                    'aria-label': `${first.title} ${text}`,
                    onclick: () => this.set(toggled(view.series, stream.name)),
                }, seriesSwatch(depthColour(stream.depth, dark), dashOf(Math.max(0, nodes.indexOf(stream.thing)))), text);
            }));
    }

    #other(name: string, view: View, nodes: readonly string[], dark: boolean): HTMLElement {
        const stream = this.catalogue.byName(name);
        const text = stream ? [stream.thing, stream.title, depthText(stream.depth)].filter(Boolean).join(' ') : `${name} (not heard of)`;
        return h('button', {
            type: 'button', class: 'chip', title: `Take away ${name}`, 'aria-label': `Take away ${text}`, 'data-series': name,
            onclick: () => this.set(toggled(view.series, name)),
        }, stream ? seriesSwatch(depthColour(stream.depth, dark), dashOf(Math.max(0, nodes.indexOf(stream.thing)))) : null, text, icon('close'));
    }
}

function groups(streams: readonly Datastream[]): Datastream[][] {
    const byProperty = new Map<string, Datastream[]>();
    for (const stream of streams) {
        const group = byProperty.get(stream.property);
        if (group) group.push(stream);
        else byProperty.set(stream.property, [stream]);
    }
    return [...byProperty.values()];
}
