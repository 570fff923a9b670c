// The card, as anywidget takes it.

import { Card } from "./card.js";

/** @import { WidgetModel } from "./types.js" */

export default {
  /** @param {{ model: WidgetModel, el: HTMLElement }} place */
  render({ model, el }) {
    const card = new Card(model, el);
    return () => card.destroy();
  },
};
