// Light, dark, or as the system says. The attribute on the root decides in style/tokens.css.
import type { Theme } from '../state/view';
import { replaceChildren } from './dom';
import { icon } from './icons';

const NEXT: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };
const TITLES: Record<Theme, string> = { auto: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' };

export function isDark(theme: Theme): boolean {
    return theme === 'auto' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark';
}

export function applyTheme(theme: Theme, button: HTMLElement): void {
    document.documentElement.dataset['theme'] = isDark(theme) ? 'dark' : 'light';
    replaceChildren(button, icon(theme === 'auto' ? 'auto' : theme === 'light' ? 'sun' : 'moon'));
    button.title = TITLES[theme];
    button.setAttribute('aria-label', TITLES[theme]);
}

export function nextTheme(theme: Theme): Theme {
    return NEXT[theme];
}
