// What Python and the card say to each other; the other side is ../../label_card.py,
// and content.py and codebook.py make an item and a codebook.

/** Field name to the code chosen, or to several. */
export type Answer = Record<string, string | string[]>;

export interface Code {
  code: string;
  key: string;
  name: string;
  test?: string;
  fills?: Answer;
}

export interface Field {
  name: string;
  ask: string;
  codes: Code[];
  multiple?: boolean;
  only_if?: string[] | null;
  unless?: string[] | null;
}

export interface Preset {
  key: string;
  name: string;
  fills: Answer;
}

/** The first field is the primary label. */
export interface Codebook {
  fields: [Field, ...Field[]];
  presets: Preset[];
}

/** What two keys, or a click, choose. */
export type Choice = { preset: Preset } | { field: Field; code: Code };

/** A part of a text and why it is marked; empty where it is not. */
export type MarkedPart = [part: string, why: string];

export interface Price {
  amount?: number;
  currency?: string;
  ratio?: number;
  group?: string;
}

export interface RaisedSignal {
  name: string;
  value: number;
  yes?: boolean;
}

export interface MissingSignals {
  name: string;
  reason: string;
  count: number;
}

export interface Item {
  key: string;
  id: string | null;
  seller: string | null;
  link: string | null;
  title: MarkedPart[];
  text: MarkedPart[];
  facts: [name: string, value: string][];
  price: Price;
  evidence: [part: string, why: string, times: number][];
  signals: RaisedSignal[];
  missing: MissingSignals[];
}

export interface Progress {
  total: number;
  gone: number;
  labeled: number;
  skipped: number;
  left: number;
}

/** What the annotator did, before it has an id. */
export type Act =
  | { kind: "undo" }
  | { kind: "flag"; key: string; text: string }
  | { kind: "skip"; key: string }
  | { kind: "submit"; key: string; answer: Answer; text: string; seconds: number };

/** An act as it is kept and sent: under one id for ever, `at` in milliseconds. */
export type KeptAct = Act & { id: string; at: number };

/** A kept act that waits for its acknowledgement; `sent` counts from the page's start. */
export type PendingAct = { act: KeptAct; sent: number };

export interface ItemsReply {
  order: string[];
  items: Item[];
  progress: Progress;
}

export type Reply = { id: string | null } & (
  | { kind: "pong"; progress: Progress }
  | { kind: "failed"; text: string }
  | ({ kind: "state"; codebook: Codebook; scope: string } & ItemsReply)
  | ({ kind: "refused"; text: string } & ItemsReply)
  | ({ kind: "saved"; number: number; key: string; answer?: Answer } & ItemsReply)
);

interface KernelStatus {
  connect(call: (sender: unknown, value: string) => void): void;
  disconnect(call: (sender: unknown, value: string) => void): void;
}

/** What anywidget gives: the part of its model that the card uses. */
export interface WidgetModel {
  on(name: "msg:custom", call: (message: Reply) => void): void;
  on(name: string, call: () => void): void;
  off(name: string, call: (message: Reply) => void): void;
  send(message: KeptAct | { kind: "hello" | "ping" }): void;
  widget_manager?: { kernel?: { statusChanged?: KernelStatus } };
}
