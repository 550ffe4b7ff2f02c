import type { ButtonHTMLAttributes } from 'react';
import styles from './Button.module.css';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'plain' | 'primary' | 'quiet' | 'danger' | 'icon';
}

export function Button({ look = 'plain', className, type = 'button', ...rest }: Props) {
  return (
    <button type={type} className={[styles.button, className].filter(Boolean).join(' ')} data-look={look} {...rest} />
  );
}

/** For links that look like buttons. */
export const buttonClass: string = styles.button ?? '';
