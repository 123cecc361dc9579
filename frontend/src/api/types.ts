/** The API's shapes, by the names the page uses; generated from its OpenAPI document. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Reason = Schemas['Reason'];
export type Action = Schemas['Action'];
export type Channel = Schemas['Channel'];
export type Programme = Schemas['Programme'];
export type GuideChannel = Schemas['GuideChannel'];
export type Guide = Schemas['Guide'];
export type Offer = Schemas['Offer'];
export type Playback = Schemas['Playback'];
export type NextKey = Schemas['NextKey'];
export type Mode = Schemas['Mode'];
