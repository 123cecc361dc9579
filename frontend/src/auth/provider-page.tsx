import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Failure } from '../design/field';
import { Door } from './door';
import { doorMessage } from './door-message';
import { BackToSignIn } from './register-page';
import { arriveFromProvider } from './requests';

/** Back from the identity provider: with a code, which is good once, or with why there is none. */
export function ProviderPage() {
  const navigate = useNavigate();
  const { mutate, isIdle, error } = useMutation({
    mutationFn: async () => {
      const said = new URLSearchParams(location.search);
      const [state, code] = [said.get('state'), said.get('code')];
      if (!state || !code)
        throw new Error(said.get('error_description') ?? 'The identity provider sent no code.');
      await arriveFromProvider(state, code, said.get('iss'));
      await navigate({ to: '/', replace: true });
    },
  });
  useEffect(() => {
    if (isIdle) mutate();
  }, [isIdle, mutate]);
  return (
    <Door name="Sign in" title={error ? 'That did not work' : 'Signing you in…'}>
      <Failure>{error && doorMessage(error)}</Failure>
      {error && <BackToSignIn />}
    </Door>
  );
}
