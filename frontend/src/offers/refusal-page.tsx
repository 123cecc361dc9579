import { useMutation, useQueryClient } from '@tanstack/react-query';
import { subscribe } from '../api/client';
import { explain, type ProblemError } from '../api/problem';
import type { Mode, Offer } from '../api/types';
import { Button } from '../design/button';
import { Sphere } from '../design/sphere';
import type { Airing } from '../player/airing';
import { price } from '../time/format';
import { headline } from './refusal';
import styles from './refusal-page.module.css';

interface Props {
  problem: ProblemError;
  mode: Mode;
  airing: Airing;
  /** A product was taken: try to play again. */
  onTaken: () => void;
  onLeave: () => void;
}

/** Why something does not play, in sentences, and the products that would change it. */
export function RefusalPage({ problem, mode, airing, onTaken, onLeave }: Props) {
  const { reasons, offers } = problem;
  return (
    <main className={styles.page} data-testid="refusal">
      <Sphere className={styles.sphere} />
      <div className={styles.panel}>
        <p className={styles.channel}>
          {airing.number !== null && <span className={styles.number}>{airing.number}</span>}
          {airing.channelName}
          {airing.programme && ` · ${airing.programme.title}`}
        </p>
        <h1 className={styles.title}>{headline(reasons, airing.channelName, mode)}</h1>
        <ul className={styles.reasons}>
          {reasons.map(({ code, message }) => (
            <li key={code} data-code={code}>
              {message}
            </li>
          ))}
        </ul>
        {offers.length > 0 && <Offers offers={offers} onTaken={onTaken} />}
        <div className={styles.actions}>
          <Button look={offers.length > 0 ? 'quiet' : 'primary'} icon="back" onClick={onLeave}>
            All channels
          </Button>
        </div>
      </div>
    </main>
  );
}

function Offers({ offers, onTaken }: { offers: Offer[]; onTaken: () => void }) {
  const queries = useQueryClient();
  const taking = useMutation({
    mutationFn: subscribe,
    onSuccess: () => {
      onTaken();
      void queries.invalidateQueries();
    },
  });
  const failure = taking.error && explain(taking.error);
  return (
    <section aria-labelledby="offers">
      <h2 className={styles.lead} id="offers">
        {offers.length === 1 ? 'This would unlock it' : 'Any of these would unlock it'}
      </h2>
      <ul className={styles.offers}>
        {offers.map((offer) => (
          <li
            key={offer.product_id}
            className={styles.offer}
            data-testid="offer"
            data-product={offer.product_id}
          >
            <h3 className={styles.product}>{offer.name}</h3>
            <p className={styles.price}>
              {price(offer.price.amount, offer.price.currency)} <span className={styles.period}>a month</span>
            </p>
            <Button
              look="primary"
              busy={taking.isPending && taking.variables === offer.product_id}
              aria-label={`Take ${offer.name} and watch`}
              onClick={() => !taking.isPending && taking.mutate(offer.product_id)}
            >
              Take it and watch
            </Button>
          </li>
        ))}
      </ul>
      <p className={styles.failure} role="alert">
        {failure && `${failure.title}. ${failure.detail}`}
      </p>
    </section>
  );
}
