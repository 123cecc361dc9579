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
export type Product = Schemas['Product'];
export type Account = Schemas['Account'];
export type PlayerReport = Schemas['PlayerReport'];
export type PlayerError = Schemas['PlayerError'];
export type Conflict = Schemas['ConflictingSession'];
export type EndedBy = Schemas['EndedBy'];
export type Price = Schemas['Price'];
export type Tokens = Schemas['Tokens'];
export type Overview = Schemas['Overview'];
export type SignIn = Schemas['SignIn'];
export type ParentalControl = Schemas['ParentalControl'];
export type NewParentalControl = Schemas['NewParentalControl'];
export type Subscription = Schemas['Subscription'];
export type SubscriptionHistory = Schemas['SubscriptionHistory'];
export type SubscriptionEvent = Schemas['Event'];
export type Preview = Schemas['Preview'];
export type Diagnosis = Schemas['Diagnosis'];
export type DiagnosisCheck = Schemas['Check'];
export type DiagnosisRemedy = Schemas['Remedy'];
export type AuditRecord = Schemas['Record'];
