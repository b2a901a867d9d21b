// The strip at the foot: connection, rates, dead letters, configuration, work in progress. And the notice at the head
// when the server is lost.
import type { LabStatus, Task } from '../model';
import { age } from '../text/time';
import { countText } from '../text/values';
import { h, replaceChildren, setText } from './dom';

export class StatusStrip {
    readonly #link = h('span', { class: 'link' });
    readonly #rates = h('span', {});
    readonly #count = h('span', {});
    readonly #dead: HTMLButtonElement;
    readonly #config = h('span', {});
    readonly #broker = h('span', {});
    readonly #tasks = h('span', { class: 'tasks', role: 'status' });
    readonly #version = h('span', { class: 'muted' });
    #lostAt: number | null = null;

    constructor(element: HTMLElement, readonly notice: HTMLElement, onDead: () => void) {
        this.#dead = h('button', { type: 'button', class: 'link-button', onclick: onDead, title: 'Messages that could not be understood, with the reason' });
        this.#dead.hidden = true;
        element.append(this.#link, this.#broker, this.#rates, this.#count, this.#dead, this.#config, this.#tasks, this.#version);
        window.setInterval(() => this.#showNotice(), 1000);
    }

    setVersion(version: string): void {
        setText(this.#version, version ? `Tilth ${version}` : '');
    }

    show(status: LabStatus, configVersion: number): void {
        setText(this.#broker, status.broker ? `broker ${status.broker}` : '');
        this.#broker.className = status.broker === 'connected' ? '' : 'warn';
        this.#broker.title = status.brokerDetail;
        setText(this.#rates, `${rate(status.messagesPerSecond)} messages/s`);
        setText(this.#count, `${countText(status.observations)} readings`);
        this.#dead.hidden = false;
        setText(this.#dead, `${countText(status.deadLetters)} dead letter${status.deadLetters === 1 ? '' : 's'}`);
        this.#dead.classList.toggle('warn', status.deadLetters > 0);
        setText(this.#config, configVersion > 0 ? `configuration ${configVersion}` : '');
        replaceChildren(this.#tasks, ...status.tasks.filter((t) => t.state === 'running' || t.state === 'failed').map(taskElement));
    }

    setConnected(connected: boolean): void {
        this.#link.className = connected ? 'link up' : 'link down';
        setText(this.#link, connected ? 'connected' : 'not connected');
        if (connected) this.#lostAt = null;
        else this.#lostAt ??= Date.now();
        this.#showNotice();
    }

    /** A blink is not worth a word; longer is. */
    #showNotice(): void {
        const lost = this.#lostAt === null ? 0 : Date.now() - this.#lostAt;
        const text = lost < 1500 ? '' : 'The server does not answer. What is shown may be old; trying again.';
        setText(this.notice, text);
        this.notice.classList.toggle('on', text !== '');
    }
}

/** Progress of what runs; of what failed, the reason. */
function taskElement(task: Task): HTMLElement {
    const name = `${task.kind}: ${task.name}`;
    if (task.state === 'failed') return h('span', { class: 'task warn', title: task.message }, `${name} failed: ${task.message}`);
    const known = !Number.isNaN(task.progress);
    const text = `${name}${known ? ` ${Math.floor(task.progress * 100)} %` : ''}${
        task.secondsLeft > 1 ? `, ${age(task.secondsLeft * 1000)} left` : ''}`;
    return h('span', { class: 'task' }, h('progress', { max: 1, value: known ? task.progress : null, 'aria-label': text }), text);
}

function rate(perSecond: number): string {
    if (Number.isNaN(perSecond)) return '–';
    return perSecond >= 10 || perSecond === 0 ? countText(perSecond) : perSecond.toFixed(1);
}
