// Settings: the encoder of the workspace, models to fetch, and how reviews look here.

import { encoderSettings } from './encoder_settings.js';
import { h } from './dom.js';
import { reviewSettings } from './review_settings.js';

/**
 * @param {import('./store.js').Store} store
 */
export function settingsPage(store) {
  const isShown = () => store.place.view() === 'settings';
  return h('main.page-main', { hidden: () => !isShown() },
    h('div.page.settings', {},
      h('h2', {}, 'Settings'),
      reviewSettings(store),
      store.may('owner') && encoderSettings(store, isShown)));
}
