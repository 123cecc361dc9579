import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { changeProduct } from '../api/account';
import type { Preview, Product, Subscription } from '../api/types';
import { Button } from '../design/button';
import { Failure } from '../design/field';
import { longDate, price } from '../time/format';
import styles from './account-page.module.css';
import { previewQuery } from './queries';
import { Waits } from './subscriptions';
import { sentence, useWish } from './use-wish';

interface Props {
  item: Subscription;
  products: readonly Product[];
  onDone: () => void;
}

/** Another product in a subscription's place: which, from when on, and what it costs, before it is done. */
export function ChangeProduct({ item, products, onDone }: Props) {
  const id = useId();
  const [chosen, setChosen] = useState(products[0]?.id ?? '');
  const preview = useQuery(previewQuery(item.id, chosen));
  const { ask, busy, failure, waits } = useWish(onDone);
  const refused = preview.error && sentence(preview.error);
  return (
    <div className={styles.preview}>
      <div className={styles.choice}>
        <label htmlFor={id}>Instead of {item.name}</label>
        <select
          id={id}
          className={styles.select}
          value={chosen}
          onChange={(event) => setChosen(event.target.value)}
        >
          {products.map((product) => (
            <option key={product.id} value={product.id}>
              {product.name}, {price(product.price.amount, product.price.currency)} a month
            </option>
          ))}
        </select>
      </div>
      {preview.data && <Terms preview={preview.data} />}
      <Failure>{failure ?? refused}</Failure>
      {waits && <Waits />}
      {preview.data && (
        <div className={styles.buttons}>
          <Button look="primary" busy={busy} onClick={() => ask(() => changeProduct(item.id, chosen))}>
            Change to {preview.data.name}
          </Button>
          <Button look="quiet" onClick={onDone}>
            Leave it
          </Button>
        </div>
      )}
    </div>
  );
}

function Terms({ preview }: { preview: Preview }) {
  const { name, at_once, effective_at, credit, due_now, stops } = preview;
  return (
    <div role="status" data-testid="preview">
      <p>
        {at_once
          ? `${name} begins at once.`
          : `${name} begins on ${longDate(effective_at)}; until then nothing changes.`}
        {stops.length > 0 &&
          ` ${stops.map((product) => product.name).join(' and ')} will not count any more.`}
      </p>
      <dl className={styles.costs}>
        <dt>Each month from then on</dt>
        <dd>{price(preview.price.amount, preview.price.currency)}</dd>
        {Number(credit.amount) > 0 && (
          <>
            <dt>Credit for what is left</dt>
            <dd>−{price(credit.amount, credit.currency)}</dd>
          </>
        )}
        <dt>To pay now</dt>
        <dd>{price(due_now.amount, due_now.currency)}</dd>
      </dl>
    </div>
  );
}
