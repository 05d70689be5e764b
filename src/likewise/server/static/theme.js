// Light or dark: as the system has it, unless it was chosen here.

import { h, signal } from './dom.js';

const KEY = 'likewise.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const chosen = signal(stored());

/** @returns {boolean} whether the page is dark; live */
export const isDark = () => (chosen() ? chosen() === 'dark' : systemDark());
const systemDark = signal(system.matches);
system.addEventListener('change', () => systemDark.set(system.matches));
apply();

export function themeButton() {
  const name = () => (isDark() ? 'Light colours' : 'Dark colours');
  return h(
    'button',
    {
      'aria-label': name,
      title: name,
      onclick: () => {
        chosen.set(isDark() ? 'light' : 'dark');
        apply();
        try {
          localStorage.setItem(KEY, chosen());
        } catch {
          // it lasts as long as the page
        }
      },
    },
    () => (isDark() ? '☀' : '☾'),
  );
}

function apply() {
  if (chosen()) document.documentElement.dataset.theme = chosen();
}

function stored() {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}
